import type { FastifyRequest } from "fastify";
import type { Audit } from "./audit";
import type { FailedLogins } from "./failed-logins";
import type { IdTokens } from "./id-tokens";
import type { Principal } from "./principal";
import { Refusal } from "./refusal";
import type { Sessions } from "./sessions";
import type { StaticTokens } from "./static-tokens";

export interface Doors {
  readonly tokens: StaticTokens;
  readonly idTokens: IdTokens | undefined;
  readonly sessions: Sessions;
  readonly failed: FailedLogins;
  readonly audit: Audit;
  /** Origin of the page, https://portal.example.com. */
  readonly origin: () => string;
}

export const COOKIE = "firmament_session";

const CHALLENGE = { "www-authenticate": 'Bearer realm="firmament"' };

/**
 * Who a request comes from: a bearer token, static or of the issuer, or the cookie of a browser that is logged in.
 *
 * @throws Refusal 401, 403 for a page of another origin, 429 after too many wrong tokens.
 */
export async function authenticate(request: FastifyRequest, doors: Doors): Promise<Principal> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([\w~+/.-]+=*)$/i.exec(authorization)?.[1];
    return principalOf(token ?? "", request, doors);
  }
  const secret = request.cookies[COOKIE];
  const principal = secret === undefined ? undefined : doors.sessions.principal(secret);
  if (principal === undefined) throw new Refusal(401, "Log in first", { headers: CHALLENGE });
  if (request.method !== "GET" && request.method !== "HEAD") refuseOtherOrigins(request, doors);
  return principal;
}

/** Who has a token. What is wrong with it is told to nobody but the log. */
export async function principalOf(token: string, request: FastifyRequest, doors: Doors): Promise<Principal> {
  const { failed, audit } = doors;
  const wait = failed.wait(request.ip);
  if (wait > 0) throw new Refusal(429, "Too many wrong tokens", { headers: { "retry-after": String(wait) } });
  try {
    const principal = doors.tokens.principal(token) ?? (await ofIdToken(token, doors.idTokens));
    if (principal !== undefined) return principal;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const outcome = error instanceof Error && "code" in error ? String(error.code) : "the issuer cannot be asked";
    refused(outcome);
  }
  return refused("wrong token");

  function refused(outcome: string): never {
    failed.add(request.ip);
    audit.add({ who: "nobody", remote: request.ip, action: "login", outcome });
    throw new Refusal(401, "This token is not accepted", { headers: CHALLENGE });
  }
}

/** A cookie is sent whichever page asks; only the portal's own may change anything. */
export function refuseOtherOrigins({ headers }: FastifyRequest, { origin }: Pick<Doors, "origin">): void {
  const said = headers.origin ?? (headers["sec-fetch-site"] === "same-origin" ? origin() : undefined);
  if (said !== origin()) throw new Refusal(403, "Requests of other pages are not accepted");
}

async function ofIdToken(token: string, idTokens: IdTokens | undefined): Promise<Principal | undefined> {
  if (idTokens === undefined || token.split(".").length !== 3) return undefined;
  const { principal } = await idTokens.check(token);
  if (principal === undefined) throw new Refusal(403, "You are in no group that may use this portal");
  return principal;
}
