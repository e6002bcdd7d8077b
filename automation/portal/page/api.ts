import type { ProblemDetails } from "./wire.js";

/** An answer that is no success. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly details: ProblemDetails) {
    super(details.title);
  }
}

/** Asks the portal. @throws ApiError for what it refuses; TypeError when it does not answer. */
export async function ask<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const answer = await fetch(`/api${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status === 204) return undefined as T;
  const said: unknown = await answer.json().catch(() => undefined);
  // the portal checks its answers itself
  if (answer.ok) return said as T;
  throw new ApiError((said ?? { status: answer.status, title: "The portal does not answer" }) as ProblemDetails);
}

/** Made once for each form or question, so that sending it twice asks for one job. */
export function newKey(): string {
  return crypto.randomUUID();
}

export const get = <T>(path: string): Promise<T> => ask<T>("GET", path);
