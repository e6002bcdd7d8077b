import type { Progress } from "./progress";

/** Every program the sandbox runs that is not part of Node. */
export type ToolName =
  | "pulumi"
  | "pulumi-language-nodejs"
  | "pulumi-resource-kubernetes"
  | "pulumi-resource-talos"
  | "pulumi-resource-command"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "etcd"
  | "etcdutl"
  | "kwok"
  | "capi-core"
  | "capi-kubeadm-bootstrap"
  | "capk"
  | "cluster-autoscaler"
  | "kubevirt-ccm"
  | "kube-ovn"
  | "sandboxd"
  | "csi-provisioner"
  | "csi-resizer"
  | "csi-attacher"
  | "kubevirt-csi-driver"
  | "helm"
  | "kubectl"
  | "controller-gen"
  | "go";

export interface ResolvedTool<Name extends string = ToolName> {
  readonly name: Name;
  readonly version: string;
  /** Absolute path of the executable. */
  readonly path: string;
  readonly source: "path" | "cache" | "release" | "build";
  /** What its environment needs beside what is there already; only an older Go that switches its toolchain has some. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ReleaseOptions {
  /** Whether to try official releases at all. Default: true, unless FIRMAMENT_RELEASES is `off`. */
  readonly enabled?: boolean;
  /** Mirrors, per tool. Default: FIRMAMENT_RELEASES_<TOOL> (`FIRMAMENT_RELEASES_KUBE_APISERVER`), then upstream. */
  readonly baseUrls?: Readonly<Partial<Record<string, string>>>;
}

export interface ToolchainOptions {
  /** Default: FIRMAMENT_CACHE, then $XDG_CACHE_HOME/firmament, then ~/.cache/firmament. */
  readonly cacheDir?: string;
  /** Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly releases?: ReleaseOptions;
  /** Ends downloads and builds, with everything they started. */
  readonly signal?: AbortSignal;
}
