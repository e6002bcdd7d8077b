const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const PREFIX = "age";
/** 32 bytes in groups of five bits, and a checksum of six groups. */
const GROUPS = 52 + 6;

/**
 * Whether a text is a public key of age for X25519, by its checksum (Bech32, BIP 173): a mistyped one would fail every
 * backup, when nobody looks.
 */
export function isRecipient(text: string): boolean {
  if (!text.startsWith(`${PREFIX}1`)) return false;
  const groups = [...text.slice(PREFIX.length + 1)].map((letter) => ALPHABET.indexOf(letter));
  if (groups.length !== GROUPS || groups.includes(-1)) return false;
  const codes = [...PREFIX].map((letter) => letter.charCodeAt(0));
  return checksum([...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...groups]) === 1;
}

function checksum(groups: readonly number[]): number {
  return groups.reduce((sum, group) => {
    const shifted = ((sum & 0x1ffffff) << 5) ^ group;
    return GENERATOR.reduce((value, factor, bit) => (((sum >>> 25) >> bit) & 1 ? value ^ factor : value), shifted);
  }, 1);
}
