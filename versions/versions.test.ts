import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../components/core/package-root";
import charts from "./charts.json";
import { CLUSTER_API_PROVIDERS } from "./cluster-api";
import { CRD_MODULES } from "./crd-modules";
import { KUBERNETES, SUPPORTED_MINORS } from "./kubernetes";
import { PULUMI_PLUGINS } from "./pulumi";
import { IMAGE_FACTORY, NEWEST_CONTRACT, TALOS, TALOS_MINORS } from "./talos";
import { TOOLS } from "./tools";

const read = (file: string): string => fs.readFileSync(path.join(PACKAGE_ROOT, file), "utf8");
const json = (file: string): unknown => JSON.parse(read(file));

/** What a go.mod requires, by module. */
const required = (file: string): ReadonlyMap<string, string> =>
  new Map([...read(file).matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)].map(([, module = "", at = ""]) => [module, at]));

const offline = "sandbox/offline/tools";

describe("the pinned versions", () => {
  /** By go.mod: the modules that it takes from upstream, and the version that each must have. */
  const modules: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "sandbox/fakes/go.mod": { "github.com/siderolabs/talos/pkg/machinery": TALOS },
    "sandbox/offline/plugins/go.mod": {
      "github.com/siderolabs/talos": TALOS,
      "github.com/siderolabs/talos/pkg/machinery": TALOS,
      "github.com/pulumi/pulumi/sdk/v3": TOOLS.pulumi,
    },
    [`${offline}/kubevirt-ccm/go.mod`]: { "k8s.io/cloud-provider": KUBERNETES.replace(/^1/, "0") },
    [`${offline}/capk/go.mod`]: { "sigs.k8s.io/cluster-api-provider-kubevirt": TOOLS.capk },
    // client-go of the fakes, so that both are built from the same packages
    [`${offline}/cluster-autoscaler/go.mod`]: {
      "k8s.io/client-go": required("sandbox/fakes/go.mod").get("k8s.io/client-go")?.slice(1) ?? "",
    },
    [`${offline}/cluster-api/go.mod`]: { "sigs.k8s.io/cluster-api": TOOLS["capi-core"] },
    [`${offline}/controller-gen/go.mod`]: { "sigs.k8s.io/controller-tools": TOOLS["controller-gen"] },
    [`${offline}/csi/go.mod`]: {
      "github.com/kubernetes-csi/external-provisioner/v5": TOOLS["csi-provisioner"],
      "github.com/kubernetes-csi/external-resizer": TOOLS["csi-resizer"],
    },
    [`${offline}/etcd/go.mod`]: { "go.etcd.io/etcd/server/v3": TOOLS.etcd },
    [`${offline}/etcdutl/go.mod`]: { "go.etcd.io/etcd/etcdutl/v3": TOOLS.etcd },
    [`${offline}/helm/go.mod`]: { "helm.sh/helm/v3": TOOLS.helm },
    [`${offline}/image-factory/go.mod`]: { "github.com/siderolabs/image-factory": IMAGE_FACTORY },
    [`${offline}/kube-ovn/go.mod`]: { "github.com/kubeovn/kube-ovn": TOOLS["kube-ovn"] },
    [`${offline}/kubernetes/go.mod`]: { "k8s.io/kubernetes": KUBERNETES },
    [`${offline}/kubevirt-apis/go.mod`]: {
      "kubevirt.io/api": charts["kubevirt-operator"].version,
      "kubevirt.io/containerized-data-importer-api": charts["cdi-operator"].version,
    },
    [`${offline}/kwok/go.mod`]: { "sigs.k8s.io/kwok": TOOLS.kwok },
    [`${offline}/pulumi-language-nodejs/go.mod`]: {
      "github.com/pulumi/pulumi/sdk/v3": TOOLS["pulumi-language-nodejs"],
    },
    [`${offline}/pulumi/go.mod`]: { "github.com/pulumi/pulumi/pkg/v3": TOOLS.pulumi },
  };

  for (const [file, wanted] of Object.entries(modules)) {
    it(`are those of ${file}`, () => {
      const found = required(file);
      for (const [module, version] of Object.entries(wanted)) assert.equal(found.get(module), `v${version}`, module);
    });
  }

  it("are those of the libraries of Talos that configurations are tried with", () => {
    const library = (minor: string) =>
      required(`sandbox/offline/plugins/cmd/talos-oracle/v1.${minor}.mod`).get(
        "github.com/siderolabs/talos/pkg/machinery",
      );
    const provider = TALOS.split(".")[1] ?? "";
    for (const minor of Object.keys(TALOS_MINORS).filter((each) => each !== provider))
      assert.match(library(minor) ?? "", new RegExp(`^v1\\.${minor}\\.`));
    // the fakes and the sandbox's provider carry what the pinned provider does
    assert.equal(NEWEST_CONTRACT, Number(provider));
  });

  it("cover every go.mod of the repository but that of a plugin whose releases carry no version of the module", () => {
    const all = execFileSync("git", ["ls-files", "*go.mod"], { cwd: PACKAGE_ROOT, encoding: "utf8" })
      .trim()
      .split("\n");
    const covered = [...Object.keys(modules), `${offline}/pulumi-resource-kubernetes/go.mod`];
    assert.deepEqual(all.sort(), covered.sort());
  });

  it("are those of the packages that the programs import, so that plugin and package agree", () => {
    const { dependencies } = json("package.json") as { dependencies: Record<string, string> };
    assert.equal(dependencies["@pulumi/kubernetes"], PULUMI_PLUGINS.kubernetes);
    assert.equal(dependencies["@pulumi/command"], PULUMI_PLUGINS.command);
    const talos = json("sdks/talos/package.json") as { version: string; pulumi: { version: string } };
    assert.deepEqual([talos.version, talos.pulumi.version], [PULUMI_PLUGINS.talos, PULUMI_PLUGINS.talos]);
  });

  it("name one release of a provider for its manager, its definitions and its object in the cluster", () => {
    const { core, ...others } = CLUSTER_API_PROVIDERS;
    assert.equal(others["bootstrap-kubeadm"].version, core.version);
    assert.equal(CRD_MODULES["cluster-api"].version, `v${core.version}`);
    assert.equal(CRD_MODULES["infrastructure-kubevirt"].version, `v${TOOLS.capk}`);
  });

  for (const file of fs
    .readdirSync(path.join(PACKAGE_ROOT, "stacks/config"))
    .filter((name) => /^Pulumi\./.test(name))) {
    it(`support what ${file} deploys`, () => {
      const { config } = parse(read(`stacks/config/${file}`)) as { config: Record<string, Settings> };
      const [layer = ""] = Object.keys(config).flatMap((key) => /^firmament:(base|tenant)$/.exec(key)?.[1] ?? []);
      const { kubernetesVersion, talos } = config[`firmament:${layer}`] ?? {};
      if (layer === "") return assert.equal(kubernetesVersion, undefined);
      const [, minor = "", patch = ""] = /^v1\.(\d+)\.(\d+)$/.exec(kubernetesVersion ?? "") ?? [];
      assert.ok(
        Number(minor) >= SUPPORTED_MINORS.oldest && Number(minor) <= SUPPORTED_MINORS.newest,
        kubernetesVersion,
      );
      if (layer === "base") {
        assert.equal(kubernetesVersion, `v${KUBERNETES}`);
        assert.equal(talos?.image?.version ?? talos?.installer?.split(":")[1], `v${TALOS}`);
        assert.equal(talos?.version, `v${TALOS.split(".").slice(0, 2).join(".")}`);
      } else {
        // a tenant may be a patch behind, never ahead
        assert.ok(Number(patch) <= Number(KUBERNETES.split(".")[2]), `v1.${minor}.${patch} is after ${KUBERNETES}`);
      }
    });
  }

  it("stand nowhere else", () => {
    const versions = [
      ...Object.values(CLUSTER_API_PROVIDERS).map(({ version }) => version),
      ...Object.values(CRD_MODULES).map(({ version }) => version.slice(1)),
      ...Object.values(charts).map(({ version }) => version.replace(/^v/, "")),
      ...Object.values(TOOLS).filter((version) => version !== KUBERNETES),
    ];
    const files = execFileSync("git", ["ls-files", "*.ts", "*.mjs", "*.go", "*.json", "*.yaml"], { cwd: PACKAGE_ROOT });
    const elsewhere = files
      .toString()
      .trim()
      .split("\n")
      .filter(
        (file) => !/^(versions|sdks|docs)\/|(^|\/)package(-lock)?\.json$|\.(test|fixture)\.ts$|_test\.go$/.test(file),
      )
      .filter((file) => fs.existsSync(path.join(PACKAGE_ROOT, file)))
      .flatMap((file) =>
        quoted(withoutComments(read(file)))
          .filter((text) => versions.includes(text))
          .map((text) => `${file}: ${text}`),
      )
      .filter((found) => !ACCEPTED.some((accepted) => accepted.test(found)));
    assert.deepEqual(elsewhere, []);
  });
});

interface Settings {
  readonly kubernetesVersion?: string;
  readonly talos?: {
    readonly version: string;
    readonly installer?: string;
    readonly image?: { readonly version: string };
  };
}

/** Examples of rules need some version, which does not matter. */
const ACCEPTED = [
  /^policies\/rules\//,
  // what an earlier release deployed stays what it was
  /^test\/identity\//,
];

/** Comments say of which version a behaviour was seen; that does not change with what is installed. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(?<!:)\/\/.*$/gm, "");
}

/** Everything that looks like a version of three numbers, without its v. */
function quoted(text: string): string[] {
  return [...text.matchAll(/(?<![\d.])v?(\d+\.\d+\.\d+(?:-edge)?)(?![\d.])/g)].map(([, version = ""]) => version);
}
