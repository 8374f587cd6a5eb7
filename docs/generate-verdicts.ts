import { suite } from '../src/core/evaluation/attack-suite.js';
import { auditFindings } from '../src/core/evaluation/findings/index.js';

/** `docs/verdicts.md`: what an audit says, for someone who has never heard of gradient masking. */
export function verdicts(): string {
  const signs = Object.values(auditFindings).map(
    ({ id, title, explains, source, next }) => `### ${title}

\`${id}\`. ${explains}

*What to do:* ${next}

*Literature:* ${source}.
`,
  );
  const attacks = suite('Linf', 'full').map(({ attack, role, objective, parameters = {} }) => {
    const followed = attack.followsObjective && objective ? objective.name : '';
    const given = Object.entries(parameters).map(
      ([name, value]) => `${name} ${Number(Number(value).toPrecision(3)) || value}`,
    );
    return `| ${role} | \`${attack.name}\` | ${followed} | ${given.join(', ')} | ${attack.source} |`;
  });
  return `# What an audit says, and how it knows

\`foolproof audit model.onnx --data ...\` makes many attacks on the same images and asks what they mean *together*. One attack that fails proves
nothing: it may have failed for a reason that has nothing to do with the model being robust.

## Why an attack can fail on a weak model

To fool a network, an attacker changes each pixel a little, in the direction in which the network's error grows. That direction is the
*gradient*, and the network itself hands it out. If something makes the gradient zero, random or wrong, the attacker walks in no direction, or in a
bad one, and the images stay as they were. The model looks robust. But the images that would fool it are still there: an attacker with another
way of finding a direction (another formula for the error, the gradient of a similar model, or plain trial and error) finds them. This is
called **gradient masking**, and many published defences were nothing else (Athalye, Carlini and Wagner 2018).

Gradient inhibition, the defence of the paper that this project repeats, is an example. It enlarges the weights of the last layer, so that the
network's confidence rounds to exactly 100 %. The usual error then no longer changes with the image, and its gradient is exactly zero.

## The four verdicts

Shares are of the images that the model got right before any attack; an image counts as lost when *any* attack of the audit fools the model on it
within epsilon. "Clearly" means that the whole 95 % interval lies on one side.

| verdict | when | what it means for you |
| --- | --- | --- |
| **fooled** | clearly fewer than the threshold (half, or \`--robust-at\`) withstand | an attacker who has the model can fool it |
| **masked** | one of the signs below says that an attack failed (it left at least a third) because the gradient is hidden, while another attack got through | it looks more robust than it is; the worst attack counts, and an evaluation with the masked one would have been wrong |
| **robust** | clearly at least the threshold withstand every attack, and nothing speaks against the measurement | robust against these attacks, at this epsilon; a stronger one may still be found |
| **inconclusive** | anything else: too few images, a model no better than guessing, an attack that did not work | not an answer; the report says what is missing |

## The signs

Each finding in a report is one of these. \`masking\` findings decide the verdict; \`unreliable\` ones say that the measurement cannot be trusted,
and stand in the way of "robust"; a \`note\` is worth knowing.

Two attacks are compared on the same images, those that the model got right: they differ when the exact McNemar test gives p < 0.01 *and* at least five percentage points
lie between them. Some two dozen pairs are compared for each model without a correction for their number; the five points keep accidents rare.

${signs.join('\n')}
## The attacks

Linf, \`--effort full\` (\`quick\` makes a tenth of the steps). Weak attacks are there on purpose: a strong one that does worse than a weak one
is a sign. \`apgd\`, \`apgd-t\`, \`fab-t\` and \`square\` are the members of AutoAttack, with its published sizes.

| what for | attack | loss that is followed | parameters | source |
| --- | --- | --- | --- | --- |
${attacks.join('\n')}
`;
}
