import * as assert from "node:assert/strict";
import { credentialIn } from "../../engine/library/credentials";
import { container, deployment, object } from "../../engine/library/examples";
import { DEFAULTS } from "../../engine/settings";
import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";

const NGINX = "nginx.ingress.kubernetes.io";
const annotated = (name: string, value: unknown) =>
  object("networking.k8s.io/v1", "Ingress", { spec: {} }, { annotations: { [`${NGINX}/${name}`]: value } });

const config = (data: object) => object("v1", "ConfigMap", { data });
const withEnv = (name: string, value: string) => deployment({ containers: [container({ env: [{ name, value }] })] });
// made of pieces, so that scanners of this repository do not take it for a real key
const pem = (dashes: string) => `${dashes}BEGIN OPENSSH ${"PRIVATE"} KEY${dashes}\nMIIEexample`;

// digits that no scanner takes for a key by themselves
const hex = "0123456789abcdef".repeat(4);
const noted = (note?: string) => object("v1", "Service", {}, { annotations: { note } });

const account = object("v1", "ServiceAccount", { automountServiceAccountToken: true });
const pod = (automountServiceAccountToken?: boolean) => deployment({ automountServiceAccountToken });
const together = (...resources: object[]) => ({ resources });

const RBAC = "rbac.authorization.k8s.io/v1";
const role = (apiGroup: string, resource: string, verb: string, labels: object = {}) => ({
  apiVersion: RBAC,
  kind: "ClusterRole",
  metadata: { name: "web", labels },
  rules: [{ apiGroups: [apiGroup], resources: [resource], verbs: [verb] }],
});

describe("rules about single objects", () => {
  itJudges([
    [
      "ingress-snippets",
      "a URL for logins",
      annotated("auth-url", "https://login.example.com/?rd=$request_uri"),
      "pass",
    ],
    [
      "ingress-snippets",
      "one that ends its directive",
      annotated("auth-url", "http://a.example/#;\nload_module"),
      /auth-url/,
    ],
    ["ingress-snippets", "the name in a certificate", annotated("auth-tls-match-cn", "CN=web-1"), "pass"],
    ["ingress-snippets", "one that goes on", annotated("auth-tls-match-cn", "CN=web;}"), /auth-tls-match-cn/],
    ["ingress-snippets", "a mirror that goes on", annotated("mirror-host", "a.example|b"), /mirror-host/],
    ["ingress-snippets", "a mirror that is not known yet", annotated("mirror-target", UNKNOWN), "undecided"],
    [
      "ingress-snippets",
      "another annotation that is not known yet",
      annotated("proxy-body-size", UNKNOWN),
      "undecided",
    ],
    ["secret-configmap", "a key of Azure", config({ AZURE_BATCH_KEY: "example" }), "violation"],
    ["secret-configmap", "a key of Oracle's cloud", config({ OCI_CLI_KEY_CONTENT: "example" }), "violation"],
    ["secret-configmap", "a password that looks unlikely", config({ password: "xxxxx" }), "violation"],
    ["secret-env-plain", "a key whose frame is damaged", withEnv("NOTE", pem("---")), "violation"],
    ["secret-env-plain", "a key in its frame", withEnv("NOTE", pem("-----")), "violation"],
    ...[
      ["a key of a service that is named", `datadog_key := "${hex.slice(0, 40)}"`],
      ["one that is a UUID", `heroku=c0a80101-1234-4abc-9def-${hex.slice(0, 12)}`],
      ["a Terraform token", `${hex.slice(0, 14)}.atlasv1.${hex.slice(0, 64)}`],
      ["a New Relic key", `NRAK-${hex.slice(0, 27).toUpperCase()}`],
      ["a Twilio key in mixed letters", `SKaB${hex.slice(0, 30)}`],
      ["a web token with an odd header", `ey${hex.slice(0, 30)}.ey${hex.slice(0, 30)}.${hex.slice(0, 40)}`],
    ].map(([title = "", value]) => ["secret-inline", title, noted(value), "violation"] as const),
    ["secret-inline", "a service that is named", noted("datadog: enabled for the agents of the cluster"), "pass"],
    ["secret-inline", "hosts that look like a token", noted("eyes.eyewear.example.com"), "pass"],
    ["sa-token-automount", "an account that gives its token", account, "violation"],
    ["sa-token-automount", "an account whose pods decline", together(account, pod(false)), "pass"],
    ["sa-token-automount", "an account one of whose pods takes it", together(account, pod(false), pod()), "violation"],
    ["rbac-escalate", "every verb on roles", role("rbac.authorization.k8s.io", "clusterroles", "*"), "violation"],
    ["rbac-escalate", "every verb on accounts", role("", "serviceaccounts", "*"), "violation"],
    ["rbac-escalate", "every verb on pods", role("", "pods", "*"), "pass"],
    [
      "rbac-nodes-proxy",
      "nodes changed by a tenant",
      role("", "nodes", "patch", { [DEFAULTS.tenantLabel]: "acme" }),
      "violation",
    ],
    ["rbac-nodes-proxy", "nodes changed by the platform", role("", "nodes", "patch"), "pass"],
  ]);

  it("look for credentials in linear time", () => {
    for (const piece of ["ey-", "eyJ-", "ey.", "datadog:", "sumo ", "okta=", "a.atlasv1.", "-BEGIN ", "SK0"]) {
      assert.equal(credentialIn(`NRAK ${piece.repeat(400_000)}`), undefined);
    }
  }).timeout(60_000);
});
