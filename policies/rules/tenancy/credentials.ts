import { parameters } from "../../engine/parameters";
import { credentialIn, isSecretValue } from "../../engine/library/credentials";
import { object, TENANT_PROVIDER } from "../../engine/library/examples";
import { stackRule } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import { leaves, viewOf, type Leaf } from "../../engine/walk";
import { isInsideTenant } from "../../engine/library/tenants";

/** Longest text that is searched for a kubeconfig. */
const LONGEST = 1 << 20;

/** Whether a text is a kubeconfig that lets its holder in: a cluster with a server, and a credential. */
export function isKubeconfig(text: string): boolean {
  if (text.length < 64) return false;
  const looked = text.slice(0, LONGEST);
  const credential = /(?:client-key-data|client-key|token|password|exec|auth-provider)["']?\s*:/;
  return /clusters["']?\s*:/.test(looked) && /server["']?\s*:\s*["']?https?:/.test(looked) && credential.test(looked);
}

/** A text as it stands, and what it says when it is base64, as data of a Secret is. */
function readings(text: string): string[] {
  if (text.length < 40 || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) return [text];
  return [text, Buffer.from(text.slice(0, 2 * LONGEST), "base64").toString("utf8")];
}

const LINSTOR =
  /(?:^|[-_.])(?:master[-_.]?passphrase|linstor[-_.]?(?:passphrase|password|token|client[-_.]?key))(?:$|[-_.])/i;
const INFRA = /(?:^|[-_.])(?:infra(?:-cluster)?|mgmt|management)-(?:kubeconfig|credentials?|token)(?:$|[-_.])/i;

/** What a text inside a tenant gives away of the management cluster. */
function managementCredential(target: Target, leaf: Leaf): string | undefined {
  const { name, text } = leaf;
  if (target.key === "core/Secret" || target.key === "core/ConfigMap") {
    if (LINSTOR.test(name) && isSecretValue(text)) return "a credential of the storage";
    if (INFRA.test(name) && isSecretValue(text)) return "a credential of the management cluster";
  }
  const flag = /^--(?:infra-cluster-kubeconfig|cloud-config-kubeconfig)=(.+)/.exec(text);
  if (flag !== null) return "the way to a kubeconfig of the management cluster";
  for (const reading of readings(text)) {
    if (isKubeconfig(reading)) return "a kubeconfig";
    const credential = credentialIn(reading);
    if (credential === "a JSON Web Token" || credential === "the key of a kubeconfig") return credential;
  }
  return undefined;
}

const KUBECONFIG = [
  "apiVersion: v1",
  "kind: Config",
  "clusters: [{name: cloud, cluster: {server: https://192.0.2.10:6443}}]",
  "users: [{name: csi, user: {token: not-a-real-token}}]",
].join("\n");

const inside = (props: object) => ({
  type: "kubernetes:core/v1:Secret",
  name: "infra",
  props: { ...object("v1", "Secret", {}, { name: "infra", namespace: "kube-system" }), ...props },
  provider: TENANT_PROVIDER,
});

export const credentialsInside = stackRule({
  id: "tenant-credentials-inside",
  group: "tenancy",
  title: "No management credential inside a tenant",
  severity: "critical",
  references: ["MITRE T1552.007", "CIS 5.1.2"],
  types: ["everything whose provider is that of a tenant's cluster"],
  fix: "run what needs the credential in the management cluster, and give it the tenant's kubeconfig instead",
  docs: {
    why: "A tenant's administrator reads every Secret, ConfigMap and argument in the tenant's cluster. A credential of the management cluster that is stored there can be used by the tenant.",
    pass: { resources: [inside({ stringData: { bus: "scsi" } })] },
    fail: { resources: [inside({ stringData: { kubeconfig: KUBECONFIG } })] },
  },
  *check(stack, settings) {
    for (const target of stack.targets) {
      if (!isInsideTenant(target, settings) || target.root.unreadable || isTenantsToken(target)) continue;
      for (const leaf of leaves(target.root.value)) {
        const what = managementCredential(target, leaf);
        if (what !== undefined) yield { at: viewOf(target.root, leaf), message: `it holds ${what}` };
      }
    }
  },
});

/** What the tenant's own API puts into a Secret of this type is one of its own tokens; a deployed resource shows it. */
function isTenantsToken({ key, root }: Target): boolean {
  return key === "core/Secret" && root.field("type").is("kubernetes.io/service-account-token");
}

const STACK_OUTPUTS = ["pulumi:pulumi:Stack", "pulumi:pulumi:StackReference"];

const KUBECONFIG_PARAMS = parameters("tenant-kubeconfig-secret", (z) => ({
  secretsUnmarked: z.boolean().describe("Whether the resources come without the marks of secrets."),
}));

/** Where kubeconfigs end up in plain text: outputs of stacks and components, ConfigMaps, annotations. */
function placesOf(target: Target, settings: Settings) {
  const { root, key, annotations } = target;
  if (target.kubernetes) {
    return key === "core/ConfigMap" ? [root.field("data"), root.field("binaryData"), annotations] : [annotations];
  }
  // the engine shows secret outputs to policies as plain text: outputs are evaluated only where secrets are marked
  const unmarked = settings.marksStripped || KUBECONFIG_PARAMS.of(settings).secretsUnmarked === true;
  if (unmarked) return [];
  return STACK_OUTPUTS.includes(key) || /^[a-z][\w-]*:tenant:/i.test(key) ? [root] : [];
}

const configMap = (data: object) => object("v1", "ConfigMap", { data }, { name: "acme", namespace: "tenant-acme" });

export const kubeconfigSecret = stackRule({
  id: "tenant-kubeconfig-secret",
  group: "tenancy",
  title: "Admin kubeconfig is secret",
  severity: "critical",
  references: ["MITRE T1552.001", "pulumi-eks#725"],
  types: ["core/ConfigMap", ...STACK_OUTPUTS, "components", "annotations of every object"],
  fix: "keep it in a Secret, and export it as a secret output (pulumi.secret)",
  params: KUBECONFIG_PARAMS,
  docs: {
    why: "The administrator's kubeconfig gives full control of the tenant cluster. In a ConfigMap, an annotation or a plain output it is readable to everybody who may read configuration, and is in the state in plain text.",
    pass: configMap({ endpoint: "https://acme.example:6443" }),
    fail: configMap({ "admin.conf": KUBECONFIG }),
  },
  *check(stack, settings) {
    for (const target of stack.targets) {
      for (const place of placesOf(target, settings)) {
        if (place.unreadable || place.value === undefined) continue;
        for (const leaf of leaves(place.value)) {
          if (leaf.secret || place.secret || !readings(leaf.text).some(isKubeconfig)) continue;
          yield { at: viewOf(place, leaf), message: "a kubeconfig is there in plain text" };
        }
      }
    }
  },
});
