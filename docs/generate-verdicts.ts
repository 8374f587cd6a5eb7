import { suite } from '../src/core/evaluation/attack-suite.js';
import { auditFindings } from '../src/core/evaluation/findings/index.js';
import { wrap } from './wrap.js';

/** `docs/verdicts.md`: what an audit says, for readers who do not know gradient masking. */
export function verdicts(): string {
  const signs = Object.values(auditFindings).map(
    ({ id, title, explains, source, next }) => `### ${title}

\`${id}\`. ${explains}

*What to do:* ${next}

*Literature:* ${source}.`,
  );
  return wrap(`${INTRODUCTION}

${signs.join('\n\n')}

${ATTACKS}

| role | attack | loss | parameters | source |
| --- | --- | --- | --- | --- |
${attackRows().join('\n')}
`);
}

function attackRows(): string[] {
  return suite('Linf', 'full').map(({ attack, role, objective, parameters = {} }) => {
    const followed = attack.followsObjective && objective ? objective.name : '';
    const given = Object.entries(parameters).map(
      ([name, value]) => `${name} ${Number(Number(value).toPrecision(3)) || value}`,
    );
    return `| ${role} | \`${attack.name}\` | ${followed} | ${given.join(', ')} | ${attack.source} |`;
  });
}

const VERDICTS = [
  ['verdict', 'when', 'what it means'],
  ['---', '---', '---'],
  [
    '**fooled**',
    'on clearly fewer images than the threshold (half, or `--robust-at`) all attacks fail',
    'an attacker who has the model can fool it',
  ],
  [
    '**masked**',
    'a sign below shows that an attack failed (on at least a third of the images) because the gradient is ' +
      'masked, while another attack succeeded',
    'the model looks more robust than it is; the strongest attack counts, and an evaluation with the ' +
      'masked one would have been wrong',
  ],
  [
    '**robust**',
    'on clearly at least the threshold, and of at least 20 images, all attacks fail, and no sign speaks ' +
      'against the measurement',
    'robust against these attacks, at this epsilon; a stronger one may still be found',
  ],
  [
    '**inconclusive**',
    'otherwise: too few images, a model no better than chance, an attack that did not work',
    'no answer; the report says what is missing',
  ],
];

const table = VERDICTS.map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const INTRODUCTION = `# The verdict of an audit

\`foolproof audit model.onnx --data ...\` makes many attacks on the same images and judges them
*together*. One attack that fails proves nothing: it may have failed for a reason that has nothing to do
with robustness.

## Why an attack can fail on a weak model

To fool a network, an attack changes each pixel a little, in the direction in which the network's error
grows. This direction is the *gradient*, which is computed from the network. If the gradient is zero,
random or wrong, the attack moves in no direction or in a bad one, and the images stay correctly
classified. The model looks robust. But images that fool it still exist: an attack that finds a direction
in another way (another loss, the gradient of a similar model, or trial and error) finds them. This is
called **gradient masking**, and many published defences were nothing else (Athalye, Carlini and Wagner
2018).

Gradient inhibition, the defence of the paper that this project reproduces, is an example. It enlarges the
weights of the last layer, so that the network's confidence rounds to exactly 100 %. The cross-entropy
then no longer changes with the image, and its gradient is exactly zero.

## The four verdicts

Shares are of the images that the model classified correctly before any attack; an image counts as fooled
when *any* attack of the audit fools the model on it within epsilon. "Clearly" means that the whole
exact 95 % interval (Clopper and Pearson 1934, whose coverage is never below 95 %, also of few images) lies
on one side. Rates in reports are shown with their Wilson interval, which is a little narrower.

${table}

## The signs

Each finding in a report is one of these. \`masking\` findings decide the verdict; \`unreliable\` ones say
that the measurement cannot be trusted, and rule out "robust"; a \`note\` is worth knowing.

Two attacks are compared on the same images, those that the model classified correctly: they differ when
the exact McNemar test gives p < 0.01 *and* they are at least five percentage points apart. About two
dozen pairs are compared for each model without a correction for their number; the five points keep chance
findings rare.`;

const ATTACKS = `## The attacks

Linf, \`--effort full\` (\`quick\` makes a tenth of the steps). Weak attacks are included on purpose: a
strong attack that does worse than a weak one is a sign of masking. \`apgd\`, \`apgd-t\`, \`fab-t\` and
\`square\` are the members of AutoAttack, in their published sizes.`;
