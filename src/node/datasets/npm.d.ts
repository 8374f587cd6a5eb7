/** What is used of npm's own modules, which carry no types. */
declare module '@npmcli/config' {
  interface Options {
    readonly npmPath: string;
    readonly definitions: object;
    readonly shorthands: object;
    readonly flatten: unknown;
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly cwd: string;
    readonly warn: boolean;
  }
  export default class Config {
    constructor(options: Options);
    load(): Promise<void>;
    /** Every setting under the name by which npm's other modules know it. */
    readonly flat: Readonly<Record<string, unknown>> & { readonly registry: string };
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const table: { readonly definitions: object; readonly shorthands: object; readonly flatten: unknown };
  export default table;
}

declare module 'npm-registry-fetch' {
  interface Response {
    readonly headers: { get(name: string): string | null };
    readonly body: AsyncIterable<Uint8Array>;
  }
  export default function fetch(path: string, options: Readonly<Record<string, unknown>>): Promise<Response>;
}
