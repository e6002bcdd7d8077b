import { fieldsOf } from "../../components/core/fields";
import { joined, type Principal } from "./principal";
import type { OidcSettings } from "./settings";

/** Symmetric signatures and none are not among them: the issuer's public keys could make those. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** Seconds by which clocks may differ. */
const TOLERANCE = 5;

/** An ID token that was checked. */
export interface Checked {
  /** Undefined: genuine, but in no group that may do anything. */
  readonly principal: Principal | undefined;
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly nonce?: string;
}

/** Checks ID tokens against the keys that their issuer publishes. */
export class IdTokens {
  private keys: Promise<Awaited<ReturnType<typeof keysOf>>> | undefined;

  constructor(readonly settings: OidcSettings) {}

  /**
   * @param audience whom the token must be for. Default: that of bearer tokens.
   * @throws Error for tokens that are not genuine, not for this portal, not valid yet or any more.
   */
  async check(token: string, audience = this.settings.audience ?? this.settings.clientId): Promise<Checked> {
    const { issuer, groupsClaim, nameClaim, groups } = this.settings;
    const { jwtVerify } = await import("jose");
    this.keys ??= keysOf(issuer).catch((error: unknown) => {
      // asked again the next time
      this.keys = undefined;
      throw error;
    });
    const { payload } = await jwtVerify(token, await this.keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: TOLERANCE,
      requiredClaims: ["exp", "sub", "iat"],
    });
    const { sub = "", exp = 0 } = payload;
    const [claimed, name, nonce] = [payload[groupsClaim], payload[nameClaim], payload["nonce"]];
    const member = Array.isArray(claimed) ? claimed.filter((each) => typeof each === "string") : [];
    const rights = member.flatMap((group) => (Object.hasOwn(groups, group) ? [groups[group]] : []));
    // names are not unique with every issuer, subjects are
    const who = `oidc:${sub}${typeof name === "string" ? ` (${name})` : ""}`;
    return {
      principal: joined(
        who,
        rights.filter((right) => right !== undefined),
      ),
      expires: exp,
      ...(typeof nonce === "string" ? { nonce } : {}),
    };
  }
}

/** Keys are asked for when they are needed, kept, and asked for again when a token names one that is not there. */
async function keysOf(issuer: string) {
  const { createRemoteJWKSet } = await import("jose");
  const at = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(at, { signal: AbortSignal.timeout(10_000), redirect: "error" });
  if (!answer.ok) throw new Error(`${at} was answered ${answer.status}`);
  const { jwks_uri: keys, issuer: said } = fieldsOf(await answer.json());
  if (said !== issuer) throw new Error(`${at} says issuer ${String(said)}`);
  if (typeof keys !== "string") throw new Error(`${at} says no jwks_uri`);
  return createRemoteJWKSet(new URL(keys), { timeoutDuration: 10_000 });
}
