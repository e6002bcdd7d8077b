import { credentialIn } from "../../engine/library/credentials";
import { machineRule } from "../../engine/rule";
import { virtualMachine } from "./examples";

/** Ways to hand a machine its first configuration inline, and whether they are encoded. */
const INLINE = [
  ["userData", false],
  ["userDataBase64", true],
  ["networkData", false],
  ["networkDataBase64", true],
] as const;

/** What a first configuration says when it holds a secret. Repetitions are bounded, so that all run in linear time. */
const SECRETS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a kubeadm join command", /\bkubeadm\s+join\b/],
  ["a bootstrap token", /(?:^|[^a-z0-9.])[a-z0-9]{6}\.[a-z0-9]{16}(?:$|[^a-z0-9.])/m],
  [
    "a password",
    /^[ \t-]*["']?(?:password|passwd|hashed_passwd|plain_text_passwd|hashed-passwd|plain-text-passwd|passphrase|psk|pre-shared-key|private-key)["']?[ \t]*[:=][ \t]*(?![ \t]*$|["']{2}[ \t]*$|!|\*|R$|RANDOM$|null|~)\S/im,
  ],
  ["a password", /["'](?:password|passwd|hashed_passwd|plain_text_passwd)["'][ \t]*:[ \t]*["'][^"']/i],
  [
    "a list of passwords",
    /^[ \t]*["']?chpasswd["']?[ \t]*:[ \t]*(?:\{[^}]{0,500}\b(?:list|users)\b|\r?\n(?:[ \t]{1,40}\w{1,40}:.{0,200}\r?\n){0,20}?[ \t]+(?:list|users)[ \t]*:)/im,
  ],
  ["a password", /\|[ \t]*(?:sudo[ \t]+)?chpasswd\b/],
  [
    "a token",
    /(?:^|[^a-z])[a-z0-9_]{0,40}(?:token|secret|api_?key|access_?key)(?:_?id)?["']?[ \t]*[:=][ \t]*["']?[a-z0-9+/_.:-]{8,}/im,
  ],
  ["a password", /(?:^|[^a-z])[a-z0-9_]{0,40}(?:password|passwd)=["']?[^\s"'$]/im],
];

export const cloudInitSecret = machineRule({
  id: "vm-cloud-init-secret",
  group: "kubevirt",
  title: "No secret in cloud-init",
  severity: "critical",
  references: ["C-0012", "MITRE T1552.007"],
  fix: "put the configuration into a Secret and name it by secretRef (networkDataSecretRef, accessCredentials)",
  docs: {
    why: "Inline cloud-init is readable by everybody who may read the machine: in the API, in the stack's state, in previews and logs. A join command there lets anybody add a node to the cluster.",
    pass: virtualMachine({ volumes: [{ name: "init", cloudInitNoCloud: { secretRef: { name: "init" } } }] }),
    fail: virtualMachine({
      volumes: [{ name: "init", cloudInitNoCloud: { userData: "#cloud-config\npassword: correct-horse\n" } }],
    }),
  },
  *check({ spec }) {
    for (const volume of spec.field("volumes").items()) {
      for (const source of ["cloudInitNoCloud", "cloudInitConfigDrive"]) {
        for (const [name, encoded] of INLINE) {
          const view = volume.field(source).field(name);
          const what = view.text === undefined ? undefined : secretIn(encoded ? decoded(view.text) : view.text);
          if (what !== undefined) yield { at: view, message: `it holds ${what}` };
        }
      }
    }
    for (const access of spec.field("accessCredentials").items()) {
      for (const kind of ["sshPublicKey", "userPassword"]) {
        const credential = access.field(kind);
        const secret = credential.at("source", "secret", "secretName");
        if (credential.present && !secret.present) yield { at: secret, message: "the credential names no Secret" };
      }
    }
  },
});

/** Longest text that is looked into: cloud-init itself takes far less. */
const LONGEST = 1 << 18;

function secretIn(text: string): string | undefined {
  const looked = text.slice(0, LONGEST);
  return SECRETS.find(([, pattern]) => pattern.test(looked))?.[0] ?? credentialIn(looked);
}

function decoded(text: string): string {
  return Buffer.from(text.slice(0, 2 * LONGEST), "base64").toString("utf8");
}
