import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Principal } from "./principal";
import type { ServiceSettings } from "./settings";

/** Tokens of the settings file, which has only their digests. */
export class StaticTokens {
  private readonly known: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  constructor(tokens: ServiceSettings["tokens"]) {
    this.known = tokens.map(({ name, sha256, customers, readOnly }) => ({
      digest: Buffer.from(sha256, "hex"),
      principal: { who: `token:${name}`, customers, readOnly },
    }));
  }

  /** Takes as long whichever token it is, or none. */
  principal(token: string): Principal | undefined {
    const digest = createHash("sha256").update(token).digest();
    let found: Principal | undefined;
    for (const each of this.known) if (timingSafeEqual(each.digest, digest)) found = each.principal;
    return found;
  }

  /** Who is called so, while the settings have them. */
  named(who: string): Principal | undefined {
    return this.known.find(({ principal }) => principal.who === who)?.principal;
  }
}

/** A token nobody has yet, and what the settings file gets of it. */
export function newToken(): { readonly token: string; readonly sha256: string } {
  // 256 random bits need no slow digest: there is nothing to guess
  const token = `fmt_${randomBytes(32).toString("base64url")}`;
  return { token, sha256: createHash("sha256").update(token).digest("hex") };
}
