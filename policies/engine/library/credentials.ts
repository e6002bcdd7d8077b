/**
 * Signs of a credential in a text or in the name of a field. Shared by every rule about secrets, so that a
 * token is the same token in an environment variable, in the values of a chart and in cloud-init.
 *
 * All patterns run in linear time: no nested repetition.
 */

/** Forms that are a credential wherever they stand, with what they are called in messages. */
const FORMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["a private key", /-BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-/],
  // a start in the middle of a word would make it look at the rest of the word once for each
  [
    "a JSON Web Token",
    /(?<![\w-])(?:eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{8,}|ey[\w-]{20,}\.ey[\w/-]{20,}\.[\w/-]{10,})/,
  ],
  ["an AWS access key", /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/],
  ["a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40})/],
  ["a GitLab token", /\bgl(?:pat|ptt|dt|rt|cbt|ft|soat|agent)-[\w-]{20}/],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{10,}/],
  ["a Google API key", /\bAIza[\w-]{35}/],
  ["a Google OAuth secret", /\bGOCSPX-[\w-]{28}/],
  ["a Stripe key", /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/],
  ["an OpenAI or Anthropic key", /\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}/],
  ["a PyPI token", /\bpypi-AgE[\w-]{30,}/],
  ["a SendGrid key", /\bSG\.[\w-]{16,}\.[\w-]{16,}/],
  ["a Twilio key", /\bSK[0-9a-fA-F]{32}\b/],
  ["a DigitalOcean token", /\bdo[por]_v1_[0-9a-f]{64}\b/],
  ["a Pulumi access token", /\bpul-[0-9a-f]{40}\b/],
  ["a HashiCorp Vault token", /\bhv[sbr]\.[\w-]{24,}/],
  ["a Terraform token", /\b[a-z0-9]{14}\.atlasv1\.[\w=-]{60,}/i],
  ["a New Relic key", /\bNRAK-[A-Za-z0-9]{27}/],
  [
    "a key given to a service by name",
    /(?:bitbucket|datadog|heroku|launchdarkly|new[-_]?relic|okta|sumo)[\w\t .-]{0,20}['"\s]{0,3}(?:=|>|:|\|\||<)[=>:]?['"\s=`]{0,5}(?=[\w=-]{0,63}\d)(?:[a-z0-9]{14}|[a-z0-9]{32}|[\w=-]{40}|[\w=-]{42}|[a-z0-9]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:['"\s`;]|$)/i,
  ],
  ["a Docker registry token", /\bdckr_pat_[\w-]{20,}/],
  ["an age secret key", /\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/],
  ["an Azure storage key", /\bAccountKey=[A-Za-z0-9+/]{60,}={0,2}/],
  ["a kubeadm bootstrap token", /(?:--token[ =]|\btoken: ?"?)[a-z0-9]{6}\.[a-z0-9]{16}\b/],
  ["the key of a kubeconfig", /\bclient-key-data: ?["']?[A-Za-z0-9+/]{20,}/],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@$<{]{0,64}:(?!\$)[^\s:/@$<{*]{3,128}@[\w.[-]/i],
  // where it is all there is it may be short
  ["a bearer token", /\b[Bb]earer [A-Za-z0-9\-._~+/]{24,}|^[Bb]earer (?=\S{0,64}\d)[A-Za-z0-9\-._~+/=]{8,}$/],
];

/** One look that rules out nearly every text. */
const HINT =
  /PRIVATE KEY|\bey[\w-]{10}|AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat|gl[a-z]{2,6}-|xox|hooks\.slack|AIza|GOCSPX|[sr]k[_-]|npm_|pypi-|SG\.|SK[0-9a-fA-F]{8}|_v1_|pul-|hv[sbr]\.|dckr_|AGE-SECRET|AccountKey|token|client-key-data|atlasv1|NRAK|bitbucket|datadog|heroku|launchdarkly|relic|okta|sumo|:\/\/|[Bb]earer /;

/** Shorter texts hold none of the forms. */
export const SHORTEST = 12;

/** Texts are looked at in pieces of this size, so that a huge one costs no more than its length. */
const LONGEST = 1 << 20;

/** What kind of credential a text holds: "a private key". Undefined for most. */
export function credentialIn(text: string): string | undefined {
  if (text.length < SHORTEST) return undefined;
  for (let start = 0; start < text.length; start += LONGEST) {
    const piece = start === 0 && text.length <= LONGEST ? text : text.slice(start, start + LONGEST + 4096);
    if (!HINT.test(piece)) continue;
    const found = FORMS.find(([, pattern]) => pattern.test(piece));
    if (found !== undefined) return found[0];
  }
  return undefined;
}

const SECRET_WORD =
  /(?:^|[^a-z])(?:passwords?|passwd|passphrase|pwd|secrets?|tokens?|api-?keys?|access-?keys?|private-?keys?|signing-?keys?|encryption-?keys?|secret-?keys?|auth-?keys?|client-?keys?|account-?keys?|license-?keys?|credentials?|creds|bearer|htpasswd|connection-?strings?|dsn|azure-[a-z0-9-]{1,40}key|cli-key-content)(?:$|[^a-z])/;

/** Endings that make a name speak of something about a secret, not of the secret. */
const ABOUT_SECRET =
  /(?:^|-)(?:file|files|path|dir|directory|name|names|namespace|ref|refs|url|uri|endpoint|host|issuer|audience|ttl|expiry|expiration|expires|lifetime|duration|timeout|length|size|type|mode|policy|rotation|enabled|disabled|required|class|mount|volume|provider|id-field|header|count|limit|interval|algorithm|format|keep|create|automount|projection|existing)$/;

/**
 * Whether a field or variable of that name holds a secret: `DB_PASSWORD`, `apiKey`, `client-secret`; not
 * `PASSWORD_FILE`, `secretName`, `tokenTTL`.
 */
export function namesSecret(name: string): boolean {
  if (name.length > 256) return false;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  if (
    /(?:^|-)(?:existing|automount|use|enable|disable|has|require|create|allow|with|no)-/.test(words) &&
    !/(?:^|-)passw/.test(words)
  ) {
    return false;
  }
  return SECRET_WORD.test(words) && !ABOUT_SECRET.test(words);
}

/** Values that stand for a secret without being one: empty, a switch, a reference to be filled in. */
const PLACEHOLDER =
  /^(?:|true|false|null|none|\[secret\]|\*+|<[^>]*>|\$\([^)]*\)|\$\{[^}]*\}|\{\{.*\}\}|\$[A-Z_][A-Z0-9_]*|(?:secret|vault|ref|file|env)(?:ref)?:\/\/?\S*|\/[\w./-]+)$/is;

/** Whether a value given to something named like a secret is one. */
export function isSecretValue(text: string): boolean {
  return text.length > 0 && (text.length > 512 || !PLACEHOLDER.test(text));
}

/** Bits per character above which a text without words is taken for a key. */
const KEY_ENTROPY = 4.3;

/** Whether a text looks like a random key: long, one word, letters of both cases and digits, evenly mixed. */
export function looksRandom(text: string): boolean {
  if (text.length < 24 || text.length > 512 || !/^[A-Za-z0-9+/_=-]+$/.test(text)) return false;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/[0-9].*[0-9]/.test(text)) return false;
  // digests and paths are long and mixed as well
  if (/^[0-9a-f-]+$/i.test(text) || (text.includes("/") && text.split("/").length > 2 && !/[+=]/.test(text)))
    return false;
  return entropy(text) >= KEY_ENTROPY;
}

function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
