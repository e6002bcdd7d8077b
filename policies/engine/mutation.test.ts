import * as assert from "node:assert/strict";
import { evaluate, type Config } from "..";
import { container, deployment, IMAGE, object } from "./library/examples";

/**
 * Objects that comply with every rule, and every way to make them break a rule by removing one thing: what is
 * there for safety must be missed when it is gone.
 */

type Fields = Record<string, unknown>;
type Way = readonly (string | number)[];

const config: Config = { registries: ["registry.example"], kubernetes: "v1.34" };

const budget = object("policy/v1", "PodDisruptionBudget", {
  spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
});

const compliant: Record<
  string,
  { readonly object: object; readonly beside?: readonly object[]; readonly must: Record<string, string> }
> = {
  workload: {
    object: deployment({ securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } }),
    beside: [budget],
    must: {
      "spec.template.spec.automountServiceAccountToken": "sa-token-automount",
      "spec.template.spec.topologySpreadConstraints": "topology-spread",
      "spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation": "pss-privilege-escalation",
      "spec.template.spec.containers.0.securityContext.capabilities": "pss-capabilities-restricted",
      "spec.template.spec.containers.0.securityContext.capabilities.drop": "pss-capabilities-restricted",
      "spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem": "rootfs-read-only",
      "spec.template.spec.containers.0.securityContext": "pss-privilege-escalation",
      "spec.template.spec.containers.0.readinessProbe": "probe-readiness",
      "spec.template.spec.containers.0.livenessProbe": "probe-liveness",
      "spec.template.spec.containers.0.resources.limits.memory": "resources-limits",
      "spec.template.spec.containers.0.resources.limits.cpu": "resources-limits-cpu",
      "spec.template.spec.containers.0.resources.limits.ephemeral-storage": "resources-ephemeral",
      "spec.template.spec.containers.0.resources": "resources-requests",
      "metadata.namespace": "namespace-default",
    },
  },
  "workload that is secured by its containers": {
    object: deployment(),
    beside: [budget],
    must: {
      "spec.template.spec.containers.0.securityContext.runAsNonRoot": "pss-run-as-non-root",
      "spec.template.spec.containers.0.securityContext.seccompProfile": "pss-seccomp-restricted",
      "spec.template.spec.containers.0.securityContext.seccompProfile.type": "pss-seccomp-restricted",
    },
  },
  "workload that is secured by its pod": {
    object: deployment({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        container({
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
          },
        }),
      ],
    }),
    beside: [budget],
    must: {
      "spec.template.spec.securityContext.runAsNonRoot": "pss-run-as-non-root",
      "spec.template.spec.securityContext.seccompProfile": "pss-seccomp-restricted",
      "spec.template.spec.securityContext": "pss-run-as-non-root",
    },
  },
  namespace: {
    object: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "shop",
        labels: {
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/enforce-version": "v1.34",
        },
      },
    },
    beside: [
      object("networking.k8s.io/v1", "NetworkPolicy", {
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      }),
    ],
    must: {
      "metadata.labels": "namespace-psa-labels",
      "metadata.labels.pod-security.kubernetes.io/enforce": "namespace-psa-labels",
      "metadata.labels.pod-security.kubernetes.io/enforce-version": "namespace-psa-labels",
    },
  },
  "load balancer": {
    object: object("v1", "Service", {
      spec: {
        type: "LoadBalancer",
        allocateLoadBalancerNodePorts: false,
        loadBalancerSourceRanges: ["198.51.100.0/24"],
        ports: [{ port: 80 }],
      },
    }),
    must: {
      "spec.allocateLoadBalancerNodePorts": "svc-node-port",
      "spec.loadBalancerSourceRanges": "svc-lb-source-ranges",
    },
  },
  ingress: {
    object: object("networking.k8s.io/v1", "Ingress", {
      spec: { tls: [{ hosts: ["a.example.com"], secretName: "a" }], rules: [{ host: "a.example.com" }] },
    }),
    must: { "spec.tls": "ingress-tls", "spec.rules.0.host": "ingress-wildcard-host" },
  },
};

const params = { exposed: ["shop/web"] };

async function brokenBy(evaluated: object, beside: readonly object[] = []): Promise<string[]> {
  const findings = await evaluate({ resources: [evaluated], context: beside, config, params });
  return findings.filter(({ status }) => status === "violation").map(({ rule }) => rule);
}

/** The way a dotted path means, where names of fields may have dots themselves. */
function wayTo(root: unknown, path: string): Way {
  if (path === "") return [];
  const fields = root as Fields;
  const name = Object.keys(fields).find((key) => path === key || path.startsWith(`${key}.`));
  assert.ok(name !== undefined, `no field ${path}`);
  return [Array.isArray(root) ? Number(name) : name, ...wayTo(fields[name], path.slice(name.length + 1))];
}

function without(root: object, way: Way): object {
  const copy = structuredClone(root);
  const holder = way.slice(0, -1).reduce<Fields>((at, step) => at[step] as Fields, copy as Fields);
  delete holder[String(way.at(-1))];
  return copy;
}

describe("what makes an object comply", () => {
  for (const [name, { object: whole, beside, must }] of Object.entries(compliant)) {
    const plain = JSON.parse(JSON.stringify(whole)) as object;

    it(`${name}: complies as a whole`, async () => {
      assert.deepEqual(await brokenBy(plain, beside), []);
    });

    for (const [path, rule] of Object.entries(must)) {
      it(`${name}: ${path} is missed by ${rule}`, async () => {
        assert.ok((await brokenBy(without(plain, wayTo(plain, path)), beside)).includes(rule));
      });
    }
  }

  it("cannot be had from a registry that only looks right", async () => {
    const image = IMAGE.replace("registry.example/", "registry.example.test/");
    assert.ok(
      (await brokenBy(deployment({ containers: [container({ image })] }), [budget])).includes("image-registry"),
    );
  });
});
