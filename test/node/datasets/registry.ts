import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

type Answer = (response: ServerResponse, attempt: number) => void;

/**
 * A function that starts a registry which answers every request in this way; all are stopped after each test.
 */
export function useRegistries() {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });
  return async (answer: Answer) => {
    const asked: string[] = [];
    const headers: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      headers.push(request.headers.authorization);
      answer(response, asked.length);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    stops.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror/`, asked, headers };
  };
}
