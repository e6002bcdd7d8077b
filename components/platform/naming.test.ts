import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./platform.fixture";
import { chartsOf, COMPONENTS } from "./registry";

/*
 * What is known of a component stands in its folder and its entry in the registry. Elsewhere a component may be named by
 * at most three files; API groups, images and repositories are names of interfaces, not of components.
 */

const MOST = 3;

/** Pins, what is generated, what explains, and tests, which name examples. */
const NOT_COUNTED = [
  /^versions\//,
  /^docs\//,
  /^(README|CHANGELOG|CONTRIBUTING)\.md$/,
  /^findings\//,
  /go\.(mod|sum)$/,
  /package-lock\.json$/,
  /\.schema\.json$/,
  /\.generated\.ts$/,
  /\.test\.(ts|mjs)$/,
  /_test\.go$/,
  /\.fixture\.ts$/,
  /^test\//,
];

/** Files in which the name is that of something else: a capability, an add-on of tenants, a provider of Cluster API. */
const MEANT_OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  // the capability and the group of the same name
  "cluster-api": [
    "components/platform/components/etcd-backup/index.ts",
    "components/tenant/node-pool.ts",
    "components/platform/capabilities.ts",
    "components/platform/upgrades.ts",
    "components/platform/component.ts",
    "components/platform/install.ts",
    "components/platform/order.ts",
    "components/platform/provider-component.ts",
    "components/platform/components/kamaji/index.ts",
    "components/platform/components/kamaji-etcd/index.ts",
    "components/platform/components/kubevirt/index.ts",
  ],
  // a chart's own word for who issues its certificate
  "cert-manager": ["components/platform/components/metrics-server/index.ts"],
  // the bundle of its definitions
  "gateway-api": ["components/platform/components/kamaji/sandbox.ts"],
  // the name that the chart of the network gives to flow logs
  hubble: ["components/platform/components/cilium/values.ts"],
  // the add-on that tenants have; rules about the objects of any cluster that runs it
  cilium: [
    "components/platform/apis/network-agents.ts",
    "components/tenant/addons/index.ts",
    "components/tenant/addons/settings.ts",
    "policies/rules/workload/pod-network.ts",
    // its pods bring the network of a node
    "sandbox/fakes/internal/controlplane/kwok.go",
    "sandbox/fakes/internal/controlplane/network.go",
  ],
  // its controller, which proofs of isolation ask
  "kube-ovn": [
    "automation/cli/prove-commands.ts",
    "automation/cli/prove.ts",
    "sandbox/offline/toolchain/tools.ts",
    "sandbox/offline/toolchain/types.ts",
    "sandbox/offline/tools/kube-ovn/main.go",
    "sandbox/prove.ts",
  ],
  // what holds the address of a control plane on machines, which the platform has nothing to do with
  "kube-vip": [
    "components/tenant/cluster-plan.ts",
    "components/tenant/control-planes/kubeadm/kube-vip.ts",
    "components/tenant/control-planes/kubeadm/rules.ts",
    "components/tenant/settings/kubeadm-control-plane.ts",
  ],
  multus: ["policies/rules/workload/pod-network.ts"],
  // providers of Cluster API, whose definitions are one bundle; the provider of cloud controllers
  // infrastructures and control planes of tenants have the names of Cluster API's providers
  kamaji: [
    "components/platform/components/cluster-api/sandbox.ts",
    "components/tenant/capacity.ts",
    "components/tenant/control-planes/index.ts",
    "components/tenant/control-planes/kamaji/index.ts",
    "components/tenant/control-planes/kamaji/rules.ts",
    "components/tenant/control-planes/kubeadm/rules.ts",
    "components/tenant/infrastructure/kubevirt/index.ts",
    "components/tenant/infrastructure/kubevirt/rules.ts",
    "components/tenant/infrastructure/vsphere/rules.ts",
    "components/tenant/rules/control-plane-flags.ts",
    "components/tenant/settings/kubeadm-control-plane.ts",
  ],
  kubevirt: [
    "automation/check/policy-file.ts",
    "components/tenant/addons/csi/index.ts",
    "components/tenant/infrastructure/index.ts",
    "components/tenant/infrastructure/kubevirt/index.ts",
    "components/tenant/infrastructure/kubevirt/rules.ts",
    "components/tenant/infrastructure/vsphere/rules.ts",
    "components/tenant/settings/infrastructure.ts",
    "components/platform/components/cluster-api/sandbox.ts",
    "components/tenant/addons/cloud-controller/index.ts",
    "policies/rules/workload/pod-network.ts",
    "sandbox/fakes/internal/controlplane/volumes.go",
    "sandbox/offline/tools/kubevirt-ccm/cloud.go",
  ],
  // the chart of Kamaji carries the other one as a subchart, which its values switch off by name
  "kamaji-etcd": [
    "components/platform/components/kamaji/index.ts",
    // where DataStores answer by default
    "components/platform/common-settings.ts",
    "components/tenant/settings/platform.ts",
  ],
};

/** Folders of what belongs to one component: its own, and that of its fake, its rules or the add-on of tenants. */
const own = (name: string) => [
  `components/platform/components/${name}/`,
  `components/tenant/addons/${name}/`,
  `policies/rules/${name}/`,
  `sandbox/fakes/internal/${name}/`,
];

function files(): readonly string[] {
  return execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" })
    .split("\n")
    .filter((file) => /\.(ts|mjs|go|ya?ml|json)$/.test(file) && !NOT_COUNTED.some((pattern) => pattern.test(file)))
    .filter((file) => existsSync(join(ROOT, file)));
}

/** A name by itself: neither part of a longer one nor of a host, API group, image or path of a module. */
function named(name: string, text: string): boolean {
  return new RegExp(`(?<![\\w./-])${name}(?![\\w./\\\\-])`).test(text);
}

describe("names of components", function () {
  let texts: readonly (readonly [file: string, text: string])[];

  before(function () {
    if (!existsSync(join(ROOT, ".git"))) return this.skip();
    texts = files().map((file) => [file, readFileSync(join(ROOT, file), "utf8")]);
  });

  for (const component of COMPONENTS) {
    const names = [...new Set([component.name, ...chartsOf([component]).map(({ chart }) => chart)])];
    for (const name of names) {
      const not = MEANT_OTHERWISE[name] ?? [];
      const elsewhere = () =>
        texts
          .filter(([file]) => !own(component.name).some((folder) => file.startsWith(folder)) && !not.includes(file))
          .filter(([, text]) => named(name, text))
          .map(([file]) => file);

      it(`${name} stands in at most ${MOST} files outside its folder`, () => {
        const found = elsewhere();
        assert.ok(found.length <= MOST, `${name}:\n  ${found.join("\n  ")}`);
      });

      it(`${name} stands in no other file of the platform but the registry`, () => {
        const others = elsewhere().filter(
          (file) => file.startsWith("components/platform/") && file !== "components/platform/registry.ts",
        );
        assert.deepEqual(others, []);
      });
    }
  }
});
