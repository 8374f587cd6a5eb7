import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ToolkitError } from '../../core/base/errors.js';
import { type Progress, silent } from '../../core/base/progress.js';
import { errorCode } from '../store/files.js';

/** One version of an npm package, so exactly that nothing else can take its place. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** As in a lock file: `sha512-` and the hash of the tarball in base64. */
  readonly integrity: string;
  /** Size of the tarball. */
  readonly bytes: number;
}

export interface FetchOptions {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Where npm's settings are looked for. Default: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds before each further try after a connection that failed or broke off. */
  readonly pauses?: readonly number[];
}

const MEGABYTE = 1e6;

/**
 * The tarball of a package from the registry that npm itself would use: registry, mirrors, credentials,
 * proxies and certificates are taken from `.npmrc` files and `npm_config_...` variables. Only the tarball is
 * fetched, not what it depends on, and nothing of it runs.
 *
 * @param hint what else the user can do, for messages
 * @throws ToolkitError 'fetch-failed' when it cannot be had, or is not the pinned one
 */
export async function fetchPackage(
  pinned: PinnedPackage,
  hint: string,
  options: FetchOptions = {},
): Promise<Uint8Array> {
  const { name, version } = pinned;
  const settings = await npmSettings(options).catch((error: unknown) => {
    throw failure(pinned, 'the npm registry', `the settings of npm: ${reasonFor(error)}`, hint, error);
  });
  const from = withoutSecrets(settings.registry);
  const pauses = options.pauses ?? [1000, 4000];
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await download(pinned, settings, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt >= pauses.length || !mayPass(error))
        throw failure(pinned, from, reasonFor(error), hint, error);
      options.progress?.advance(0, `${name} ${version}: ${reasonFor(error)}; trying again`);
      await pause(pauses[attempt], undefined, options.signal && { signal: options.signal });
    }
  }
}

const failure = (pinned: PinnedPackage, from: string, reason: string, hint: string, cause: unknown) =>
  new ToolkitError(
    'fetch-failed',
    { what: `npm package ${pinned.name} ${pinned.version}`, from, reason, hint },
    { cause },
  );

type Settings = Readonly<Record<string, unknown>> & { readonly registry: string };

async function npmSettings({ env = process.env, cwd = process.cwd() }: FetchOptions): Promise<Settings> {
  const { default: Config } = await import('@npmcli/config');
  const { default: table } = await import('@npmcli/config/lib/definitions/index.js');
  // A copy, because npm changes the environment; no arguments, because those of this process are not
  // meant for npm.
  const config = new Config({
    ...table,
    npmPath: cwd,
    argv: [process.execPath, 'npm'],
    env: { ...env },
    cwd,
    warn: false,
  });
  await config.load();
  return config.flat;
}

/** A response with other content than requested: trying again would give the same. */
class WrongContent extends Error {}

async function download(
  pinned: PinnedPackage,
  settings: Settings,
  options: FetchOptions,
): Promise<Uint8Array> {
  const { name, version, bytes, integrity } = pinned;
  const { progress = silent, signal } = options;
  const { default: fetch } = await import('npm-registry-fetch');
  // Not kept in npm's own cache: it would be stored twice. The caller retries, and reports it.
  const chosen = { ...settings, cache: undefined, retry: { retries: 0 }, ...(signal && { signal }) };
  const response = await fetch(`${name}/-/${name}-${version}.tgz`, chosen);
  const total = Math.round(bytes / MEGABYTE);
  progress.begin(`fetching ${name} ${version}`, total, 'MB');
  const tarball = new Uint8Array(bytes);
  const hash = createHash('sha512');
  let received = 0;
  for await (const chunk of response.body) {
    signal?.throwIfAborted();
    if (received + chunk.length > bytes)
      throw new WrongContent(`more than the ${bytes} bytes of the pinned version`);
    tarball.set(chunk, received);
    hash.update(chunk);
    received += chunk.length;
    progress.advance(Math.min(total, Math.floor(received / MEGABYTE)));
  }
  if (received < bytes) throw new Error(`the connection ended after ${received} of ${bytes} bytes`);
  if (`sha512-${hash.digest('base64')}` !== integrity)
    throw new WrongContent('its SHA-512 is not that of the pinned version');
  progress.end(`fetched ${name} ${version}, verified by SHA-512`);
  return tarball;
}

/** True for an error that may be transient. */
function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status === 408 || status === 429 || status >= 500;
  return (
    !(error instanceof WrongContent) &&
    !['ENOTCACHED', 'EINVALIDPROXY', 'ERR_INVALID_URL'].includes(errorCode(error) ?? '')
  );
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name of the registry cannot be looked up: no network?',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke off',
  EHOSTUNREACH: 'the registry cannot be reached',
  ENETUNREACH: 'there is no network',
  ENOTCACHED: 'npm is set to stay offline',
  ENOTFOUND: 'the name of the registry is not known: no network?',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection broke off',
  ETIMEDOUT: 'no answer in time',
};

/** One line without addresses: those of npm's own messages may carry credentials. */
function reasonFor(error: unknown): string {
  const status = statusOf(error);
  if (status !== undefined) return `it answered ${status}`;
  const code = errorCode(error);
  if (code && reasons[code]) return reasons[code];
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').replace(/https?:\/\/\S+/g, 'it').slice(0, 200);
}

function withoutSecrets(registry: string): string {
  try {
    const url = new URL(registry);
    return `${url.origin}${url.pathname}`;
  } catch {
    return 'the registry of the npm settings';
  }
}
