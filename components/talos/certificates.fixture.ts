import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A certificate with its key, both PEM; generated for each test. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
  readonly privateKey: KeyObject;
  readonly name: string;
}

/**
 * X.509 as far as a test needs it (RFC 5280): Ed25519, valid for a day, or until then; for an IPv4 address where it is
 * given.
 */
export function issue(
  name: string,
  issuer?: Pair,
  { address, until }: { address?: string; until?: number } = {},
): Pair {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const algorithm = sequence(Buffer.from("06032b6570", "hex"));
  const [from, to] = [Date.now() - 60_000, until ?? Date.now() + 86_400_000].map((time) => utcTime(new Date(time))) as [
    Buffer,
    Buffer,
  ];
  const body = sequence(
    tagged(0xa0, Buffer.from("020102", "hex")),
    Buffer.from("020101", "hex"),
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(from, to),
    distinguishedName(name),
    publicKey.export({ type: "spki", format: "der" }),
    ...(address === undefined ? [] : [tagged(0xa3, sequence(alternativeName(address)))]),
  );
  const signature = sign(null, body, issuer?.privateKey ?? privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    privateKey,
    name,
  };
}

/** Extension subjectAltName with one address. */
function alternativeName(address: string): Buffer {
  const names = sequence(tagged(0x87, Buffer.from(address.split(".").map(Number))));
  return sequence(Buffer.from("0603551d11", "hex"), tagged(0x04, names));
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

/** One common name. */
function distinguishedName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(Buffer.from("0603550403", "hex"), tagged(0x0c, Buffer.from(name)))));
}

function utcTime(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tagged(0x17, Buffer.from(`${text}Z`));
}
