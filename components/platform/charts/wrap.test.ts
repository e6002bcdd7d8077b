import * as assert from "node:assert/strict";
import { adoptChart, wrapManifests } from "./wrap";

const locked = { version: "1.2.3", namespace: "kube-system" };

const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: { name: kube-system }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.com, annotations: { a: b } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: agent }
subjects: [{ kind: ServiceAccount, name: agent, namespace: kube-system }]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: kube-system, annotations: { note: "{{ not ours }}" } }
spec:
  template:
    spec:
      containers:
        - name: agent
          image: quay.io/example/agent:v1.2.3
          env: [{ name: HELPER, value: "ghcr.io/example/helper@sha256:${"a".repeat(64)}" }]
---
`;

/** What Helm would make of the only expressions that may be in a wrapped chart. */
function render(text: string, imageRegistry = ""): string {
  return text.replace(/\{\{ ("[^"]*"|\.[^}]*?) \}\}/g, (_match, expression: string) => {
    if (expression === ".Release.Namespace") return "agents";
    const host = /^\.Values\.imageRegistry \| default "(.*)"$/.exec(expression)?.[1];
    if (host !== undefined) return imageRegistry === "" ? host : imageRegistry;
    return JSON.parse(expression) as string;
  });
}

const wrapped = (change: object = {}) =>
  wrapManifests("agent", { ...locked, ...change }, [MANIFEST]).get("templates/manifests.yaml") ?? "";

describe("manifests wrapped into a chart", () => {
  it("reads file modes as Kubernetes does", () => {
    // Kubernetes' parser reads YAML 1.1, where 0644 is octal; yaml 2.9.1 reads YAML 1.2, where it is decimal
    const manifest = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { modes: [0644, 0o644, 644, 0, 089] }\n";
    const text = wrapManifests("agent", locked, [manifest]).get("templates/manifests.yaml") ?? "";
    assert.match(text, /modes:\n +- 420\n +- 420\n +- 644\n +- 0\n +- 89\n/);
  });

  it("have the chart's name and version", () => {
    const chart = wrapManifests("agent", locked, [MANIFEST]).get("Chart.yaml") ?? "";
    assert.match(chart, /^name: agent$/m);
    assert.match(chart, /^version: 1\.2\.3$/m);
  });

  it("follow the namespace of the release, and bring none of their own", () => {
    const text = render(wrapped());
    assert.ok(!text.includes("kind: Namespace"));
    assert.equal(text.match(/namespace: "agents"/g)?.length, 2);
    assert.ok(!text.includes("kube-system"));
  });

  it("take images from upstream, or from a registry that is given, wherever they are named", () => {
    assert.match(render(wrapped()), /image: "quay\.io\/example\/agent:v1\.2\.3/);
    const mirrored = render(wrapped(), "registry.example/mirror");
    assert.match(mirrored, /image: "registry\.example\/mirror\/example\/agent:v1\.2\.3/);
    assert.match(mirrored, /value: "registry\.example\/mirror\/example\/helper@sha256:a{64}/);
  });

  it("keep their definitions when the release goes", () => {
    assert.match(wrapped(), /annotations:\n {4}a: b\n {4}helm\.sh\/resource-policy: keep/);
  });

  it("say what upstream says, braces included", () => {
    assert.match(render(wrapped()), /note: "\{\{ not ours \}\}"/);
  });

  it("have the edits of the lock", () => {
    const edits = [
      {
        kind: "DaemonSet",
        path: "spec.template.spec.containers.0.resources",
        value: { limits: { memory: "1Gi" } },
        why: "",
      },
    ];
    assert.match(wrapped({ edits }), /name: agent\n[^]*resources:\n\s+limits:\n\s+memory: 1Gi/);
  });
});

describe("a chart adopted from upstream's sources", () => {
  const adopted = adoptChart(
    { version: "26.8.2" },
    new Map([
      ["Chart.yaml", "name: agent\nversion: 0.0.0+latest\ndependencies: [{ name: other }]\n"],
      ["Chart.lock", "x"],
      ["templates/crds.yaml", "kind: CustomResourceDefinition\nmetadata:\n  annotations:\n    a: {{ b }}\n  name: x\n"],
      ["templates/more.yaml", "kind: CustomResourceDefinition\nmetadata:\n  name: x\n"],
    ]),
  );

  it("has the version of the lock and no dependencies", () => {
    assert.equal(adopted.get("Chart.yaml"), "name: agent\nversion: 26.8.2\n");
    assert.equal(adopted.has("Chart.lock"), false);
  });

  it("keeps its definitions when the release goes", () => {
    const kept = "  annotations:\n    helm.sh/resource-policy: keep\n";
    assert.ok(adopted.get("templates/crds.yaml")?.includes(`metadata:\n${kept}    a: {{ b }}\n  name: x`));
    assert.ok(adopted.get("templates/more.yaml")?.includes(`metadata:\n${kept}  name: x`));
  });
});
