import * as net from "node:net";

/** Whether something accepts connections at host:port. */
export function answers(endpoint: string): Promise<boolean> {
  const [host, port] = endpoint.split(":");
  return new Promise((resolve) => {
    const socket = net.connect({ host: host ?? "", port: Number(port) });
    socket.once("connect", () => (socket.destroy(), resolve(true))).once("error", () => resolve(false));
  });
}

/** Reads again and again, at most one at a time; ends with how many succeeded, and the errors of the others. */
export function readEvery(milliseconds: number, read: () => Promise<unknown>) {
  const failed: string[] = [];
  let done = 0;
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      await read().then(
        () => (done += 1),
        (error: unknown) => failed.push(String(error)),
      );
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
  })();
  return async () => {
    stopped = true;
    await loop;
    return { done, failed };
  };
}

/** Until an assertion holds, for half a minute. */
export async function until(check: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
