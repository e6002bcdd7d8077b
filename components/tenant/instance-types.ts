/** What a machine of an instance type has. */
export interface InstanceSize {
  readonly cpus: number;
  readonly memory: string;
}

type Sizes = Readonly<Record<string, readonly [cpus: number, memory: string]>>;

const SMALL: Sizes = {
  nano: [1, "512Mi"],
  micro: [1, "1Gi"],
  small: [1, "2Gi"],
};

const GENERAL: Sizes = {
  ...SMALL,
  medium: [1, "4Gi"],
  "2xmedium": [2, "4Gi"],
  large: [2, "8Gi"],
  xlarge: [4, "16Gi"],
  "2xlarge": [8, "32Gi"],
  "4xlarge": [16, "64Gi"],
  "8xlarge": [32, "128Gi"],
};

const COMPUTE: Sizes = {
  medium: [1, "2Gi"],
  large: [2, "4Gi"],
  xlarge: [4, "8Gi"],
  "2xlarge": [8, "16Gi"],
  "4xlarge": [16, "32Gi"],
  "8xlarge": [32, "64Gi"],
};

const MEMORY: Sizes = {
  large: [2, "16Gi"],
  xlarge: [4, "32Gi"],
  "2xlarge": [8, "64Gi"],
  "4xlarge": [16, "128Gi"],
  "8xlarge": [32, "256Gi"],
};

const NETWORK: Sizes = {
  medium: [4, "4Gi"],
  large: [4, "8Gi"],
  xlarge: [8, "16Gi"],
  "2xlarge": [16, "32Gi"],
  "4xlarge": [32, "64Gi"],
  "8xlarge": [64, "128Gi"],
};

/**
 * The instance types that KubeVirt itself installs (common-instancetypes 1.6), by series. Not among them: `o1`, whose
 * memory is overcommitted, which a quota of limits forbids, and sizes with huge pages of 1Gi.
 */
const SERIES: Readonly<Record<string, Sizes>> = {
  u1: GENERAL,
  d1: GENERAL,
  rt1: Object.fromEntries(Object.entries(GENERAL).filter(([size]) => size !== "nano" && size !== "2xmedium")),
  cx1: COMPUTE,
  m1: MEMORY,
  n1: NETWORK,
};

/** Series whose machines have cores of their own, and one more for what runs beside the guest. */
const DEDICATED = /^(cx|d|n|rt)1\./;

/** Size of an instance type that KubeVirt installs; undefined for those of the platform's own. */
export function commonSize(name: string): InstanceSize | undefined {
  const [series = "", size = ""] = name.split(".");
  const sizes = Object.hasOwn(SERIES, series) ? SERIES[series] : undefined;
  const found = sizes !== undefined && Object.hasOwn(sizes, size) ? sizes[size] : undefined;
  return found === undefined ? undefined : { cpus: found[0], memory: found[1] };
}

/** Cores that a machine takes beside its own. */
export function cpusBeside(instanceType: string | undefined): number {
  return instanceType !== undefined && DEDICATED.test(instanceType) ? 1 : 0;
}
