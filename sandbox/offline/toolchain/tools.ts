import { PULUMI_OLDEST } from "../../../versions/pulumi";
import { TOOLS } from "../../../versions/tools";
import type { Tool } from "./tool";
import type { ToolName } from "./types";

// what is built has its version in sandbox/offline/tools/<module>/go.mod as well; a test compares them
const kubernetesMinor = TOOLS["kube-apiserver"].split(".")[1] ?? "";

const kubernetesStamps = {
  "k8s.io/component-base/version.gitVersion": `v${TOOLS["kube-apiserver"]}`,
  "k8s.io/component-base/version.gitMajor": "1",
  "k8s.io/component-base/version.gitMinor": kubernetesMinor,
};

/** In the order in which they are built: what shares packages follows what built them. */
export const tools: Readonly<Record<ToolName, Tool<ToolName>>> = {
  go: {
    version: TOOLS.go,
    installed: { ask: ["version"], range: ">=1.26.0 <2" },
    release: {
      base: "https://dl.google.com/go",
      file: "go{version}.{os}-{arch}.tar.gz",
      checksums: "go{version}.{os}-{arch}.tar.gz.sha256",
      executable: "go/bin/go",
      megabytes: 75,
    },
  },
  sandboxd: {
    version: "0.1.0",
    build: { module: "sandbox/fakes", package: ".", seconds: 60, megabytes: 60 },
  },
  etcd: etcd("etcd", "server/v3", ["--version"], 45),
  // makes the data of an etcd out of a snapshot
  etcdutl: etcd("etcdutl", "etcdutl/v3", ["version"], 10),
  "kube-apiserver": controlPlane("kube-apiserver", 200, 102),
  "kube-controller-manager": controlPlane("kube-controller-manager", 40, 93),
  "kube-scheduler": controlPlane("kube-scheduler", 15, 73),
  kubectl: {
    version: TOOLS.kubectl,
    // kubectl speaks to servers one minor older and newer than itself
    installed: { ask: ["version", "--client"], range: ">=1.33.0 <1.36" },
    release: {
      ...kubernetesRelease("kubectl", 60),
      platforms: ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"],
    },
    build: {
      module: "sandbox/offline/tools/kubernetes",
      package: "k8s.io/kubernetes/cmd/kubectl",
      stamps: kubernetesStamps,
      seconds: 30,
      megabytes: 60,
    },
  },
  pulumi: {
    version: TOOLS.pulumi,
    installed: { ask: ["version"], range: `>=${PULUMI_OLDEST} <4` },
    release: pulumiRelease("pulumi"),
    build: {
      module: "sandbox/offline/tools/pulumi",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      tags: "osusergo,grpcnotrace",
      // without its version the engine refuses to speak to the Automation API
      stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${TOOLS.pulumi}` },
      seconds: 195,
      megabytes: 122,
    },
  },
  "pulumi-language-nodejs": {
    // the last one whose module carries the host; a release has the host of its own engine
    version: TOOLS["pulumi-language-nodejs"],
    installed: { ask: ["version"], range: `>=${PULUMI_OLDEST} <4`, beside: "pulumi" },
    release: pulumiRelease("pulumi-language-nodejs"),
    build: {
      module: "sandbox/offline/tools/pulumi-language-nodejs",
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${TOOLS["pulumi-language-nodejs"]}` },
      seconds: 15,
      megabytes: 18,
    },
  },
  "pulumi-resource-kubernetes": {
    version: TOOLS["pulumi-resource-kubernetes"],
    plugin: "resource-kubernetes",
    release: pluginRelease("pulumi/pulumi-kubernetes", "pulumi-resource-kubernetes", 40),
    build: {
      module: "sandbox/offline/tools/pulumi-resource-kubernetes",
      package: ".",
      stamps: {
        "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": TOOLS["pulumi-resource-kubernetes"],
      },
      seconds: 420,
      megabytes: 161,
    },
  },
  "pulumi-resource-talos": {
    version: TOOLS["pulumi-resource-talos"],
    plugin: "resource-talos",
    release: pluginRelease("pulumiverse/pulumi-talos", "pulumi-resource-talos", 35),
    build: {
      module: "sandbox/offline/plugins",
      package: "./cmd/pulumi-resource-talos",
      stamps: { "firmament.example/sandbox/offline/plugins/internal/talos.Version": TOOLS["pulumi-resource-talos"] },
      seconds: 60,
      megabytes: 50,
    },
  },
  "pulumi-resource-command": {
    version: TOOLS["pulumi-resource-command"],
    plugin: "resource-command",
    release: pluginRelease("pulumi/pulumi-command", "pulumi-resource-command", 15),
    build: {
      module: "sandbox/offline/plugins",
      package: "./cmd/pulumi-resource-command",
      stamps: {
        "firmament.example/sandbox/offline/plugins/internal/command.Version": TOOLS["pulumi-resource-command"],
      },
      seconds: 15,
      megabytes: 30,
    },
  },
  kwok: {
    version: TOOLS.kwok,
    installed: { ask: ["--version"], range: `~${TOOLS.kwok}` },
    release: {
      base: "https://github.com/kubernetes-sigs/kwok/releases/download",
      file: "v{version}/kwok-{os}-{arch}",
      checksums: "https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v{version}",
      megabytes: 64,
    },
    build: { module: "sandbox/offline/tools/kwok", package: "sigs.k8s.io/kwok/cmd/kwok", seconds: 70, megabytes: 64 },
  },
  // Cluster API publishes its managers as container images only
  "capi-core": {
    version: TOOLS["capi-core"],
    build: {
      module: "sandbox/offline/tools/cluster-api",
      package: "sigs.k8s.io/cluster-api",
      seconds: 100,
      megabytes: 63,
    },
  },
  "capi-kubeadm-bootstrap": {
    version: TOOLS["capi-kubeadm-bootstrap"],
    build: {
      module: "sandbox/offline/tools/cluster-api",
      package: "sigs.k8s.io/cluster-api/bootstrap/kubeadm",
      seconds: 6,
      megabytes: 58,
    },
  },
  capk: {
    version: TOOLS.capk,
    build: {
      module: "sandbox/offline/tools/capk",
      package: "sigs.k8s.io/cluster-api-provider-kubevirt",
      seconds: 100,
      megabytes: 69,
    },
  },
  // sidecars are published as container images only
  "csi-resizer": {
    version: TOOLS["csi-resizer"],
    build: {
      module: "sandbox/offline/tools/csi",
      package: "github.com/kubernetes-csi/external-resizer/cmd/csi-resizer",
      seconds: 120,
      megabytes: 57,
    },
  },
  "csi-provisioner": {
    version: TOOLS["csi-provisioner"],
    build: {
      module: "sandbox/offline/tools/csi",
      package: "github.com/kubernetes-csi/external-provisioner/v5/cmd/csi-provisioner",
      seconds: 20,
      megabytes: 61,
    },
  },
  // fakes of what module proxies refuse
  "csi-attacher": {
    version: "0.1.0",
    build: { module: "sandbox/fakes", package: "./cmd/csi-attacher", seconds: 15, megabytes: 45 },
  },
  "kubevirt-csi-driver": {
    version: "0.1.0",
    build: { module: "sandbox/fakes", package: "./cmd/kubevirt-csi-driver", seconds: 15, megabytes: 45 },
  },
  // stands for the real one, of which no module is served; its version is that of the project
  "cluster-autoscaler": {
    version: "0.1.0",
    build: { module: "sandbox/offline/tools/cluster-autoscaler", package: ".", seconds: 25, megabytes: 35 },
  },
  // upstream's modules are not published
  "kubevirt-ccm": {
    version: TOOLS["kubevirt-ccm"],
    build: { module: "sandbox/offline/tools/kubevirt-ccm", package: ".", seconds: 20, megabytes: 67 },
  },
  // upstream's own program listens on every address and writes below /var/log
  "kube-ovn": {
    version: TOOLS["kube-ovn"],
    build: { module: "sandbox/offline/tools/kube-ovn", package: ".", seconds: 150, megabytes: 72 },
  },
  "controller-gen": {
    version: TOOLS["controller-gen"],
    installed: { ask: ["--version"], range: `~${TOOLS["controller-gen"]}` },
    build: {
      module: "sandbox/offline/tools/controller-gen",
      package: "sigs.k8s.io/controller-tools/cmd/controller-gen",
      seconds: 30,
      megabytes: 25,
    },
  },
  helm: {
    version: TOOLS.helm,
    installed: { ask: ["version", "--short"], range: ">=3.14.0 <5" },
    release: {
      base: "https://get.helm.sh",
      file: "helm-v{version}-{os}-{arch}.tar.gz",
      checksums: "helm-v{version}-{os}-{arch}.tar.gz.sha256sum",
      executable: "{os}-{arch}/helm",
      megabytes: 18,
    },
    build: { module: "sandbox/offline/tools/helm", package: "helm.sh/helm/v3/cmd/helm", seconds: 55, megabytes: 62 },
  },
};

function etcd(name: "etcd" | "etcdutl", of: string, ask: readonly string[], seconds: number): Tool<ToolName> {
  return {
    version: TOOLS.etcd,
    installed: { ask, range: ">=3.6.0 <3.7" },
    release: {
      base: "https://github.com/etcd-io/etcd/releases/download",
      file: "v{version}/etcd-v{version}-{os}-{arch}.tar.gz",
      checksums: "v{version}/SHA256SUMS",
      executable: `etcd-v{version}-{os}-{arch}/${name}`,
      archive: "etcd",
      // macOS releases are zip archives
      platforms: ["linux/amd64", "linux/arm64"],
      megabytes: 23,
    },
    build: { module: `sandbox/offline/tools/${name}`, package: `go.etcd.io/etcd/${of}`, seconds, megabytes: 26 },
  };
}

function controlPlane(name: ToolName, seconds: number, megabytes: number): Tool<ToolName> {
  return {
    version: TOOLS["kube-apiserver"],
    // the tests of the project know this minor, and no other
    installed: { ask: ["--version"], range: `~1.${kubernetesMinor}.0` },
    release: kubernetesRelease(name, megabytes),
    build: {
      module: "sandbox/offline/tools/kubernetes",
      package: `k8s.io/kubernetes/cmd/${name}`,
      stamps: kubernetesStamps,
      seconds,
      megabytes,
    },
  };
}

function kubernetesRelease(name: ToolName, megabytes: number) {
  const file = `v{version}/bin/{os}/{arch}/${name}`;
  // servers are published for Linux only
  const platforms = ["linux/amd64", "linux/arm64"];
  return { base: "https://dl.k8s.io/release", file, checksums: `${file}.sha256`, platforms, megabytes };
}

/** The archive of a Pulumi release: the engine and the language hosts that belong to it. */
function pulumiRelease(executable: string) {
  return {
    base: "https://github.com/pulumi/pulumi/releases/download",
    file: "v{version}/pulumi-v{version}-{os}-{cpu}.tar.gz",
    checksums: "v{version}/pulumi-{version}-checksums.txt",
    executable: `pulumi/${executable}`,
    archive: "pulumi",
    version: TOOLS.pulumi,
    megabytes: 105,
  };
}

/** Some plugin releases list SHA-1 sums only, so the digests come from GitHub itself. */
function pluginRelease(repository: string, executable: string, megabytes: number) {
  return {
    base: `https://github.com/${repository}/releases/download`,
    file: `v{version}/${executable}-v{version}-{os}-{arch}.tar.gz`,
    checksums: `https://api.github.com/repos/${repository}/releases/tags/v{version}`,
    executable,
    megabytes,
  };
}
