/**
 * The Pod Security Standards as they are written, in the form of a table: every field, the values it may have, the
 * versions that say so. It shares nothing with the rules; agreement between the two is what is tested.
 *
 * Source: "Pod Security Standards" of the Kubernetes documentation and the version notes of Pod Security Admission.
 */

export type Level = "baseline" | "restricted";

/** Something that may or may not be there, at pod level and in every container. */
type Fields = Record<string, unknown>;

export interface Pod {
  readonly metadata: { readonly annotations?: Record<string, string> };
  readonly spec: Fields;
}

interface Control {
  readonly rule: string;
  readonly level: Level;
  /** First minor of the standards that has the control. */
  readonly since: number;
  /** Minor from which pods for Windows are exempt. */
  readonly windows?: number;
  /** Minor from which pods with a user namespace of their own are exempt. */
  readonly userNamespaces?: number;
  readonly forbids: (pod: Pod, minor: number) => boolean;
}

const get = (from: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((at, step) => (at === null || at === undefined ? undefined : (at as Fields)[step]), from);

const list = (from: unknown, path: string): unknown[] => (get(from, path) as unknown[] | null | undefined) ?? [];

const containersOf = ({ spec }: Pod): unknown[] =>
  ["initContainers", "containers", "ephemeralContainers"].flatMap((name) => list(spec, name));

/** Values of a field of securityContext at pod level and in all containers, as far as they are set. */
const contexts = (pod: Pod, path: string): unknown[] =>
  [pod.spec, ...containersOf(pod)]
    .map((each) => get(each, `securityContext.${path}`))
    .filter((value) => value !== undefined && value !== null);

const inContainers = (pod: Pod, path: string): unknown[] => containersOf(pod).map((each) => get(each, path));

const annotations = ({ metadata }: Pod): [string, string][] => Object.entries(metadata.annotations ?? {});

const CAPABILITIES =
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  );

const SYSCTLS: Record<number, string> = {
  0: "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start",
  27: "net.ipv4.ip_local_reserved_ports",
  29: "net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes",
  32: "net.ipv4.tcp_rmem net.ipv4.tcp_wmem",
  37: "net.ipv4.tcp_slow_start_after_idle net.ipv4.tcp_notsent_lowat",
};

const VOLUMES = "configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret".split(" ");

const good = (type: unknown): boolean => type === "RuntimeDefault" || type === "Localhost";
const runtimeAnnotation = (value: string): boolean =>
  value === "runtime/default" || value === "docker/default" || value.startsWith("localhost/");

export const CONTROLS: readonly Control[] = [
  {
    rule: "pss-host-namespaces",
    level: "baseline",
    since: 0,
    forbids: ({ spec }) => ["hostNetwork", "hostPID", "hostIPC"].some((name) => spec[name] === true),
  },
  {
    rule: "pss-privileged",
    level: "baseline",
    since: 0,
    forbids: (pod) => inContainers(pod, "securityContext.privileged").includes(true),
  },
  {
    rule: "pss-capabilities-baseline",
    level: "baseline",
    since: 0,
    forbids: (pod) =>
      containersOf(pod).some((each) =>
        list(each, "securityContext.capabilities.add").some((name) => !CAPABILITIES.includes(String(name))),
      ),
  },
  {
    rule: "pss-host-path",
    level: "baseline",
    since: 0,
    forbids: ({ spec }) => list(spec, "volumes").some((volume) => (get(volume, "hostPath") ?? undefined) !== undefined),
  },
  {
    rule: "pss-host-ports",
    level: "baseline",
    since: 0,
    forbids: (pod) =>
      containersOf(pod).some((each) =>
        list(each, "ports").some((port) => ![undefined, null, 0].includes(get(port, "hostPort") as null)),
      ),
  },
  {
    rule: "pss-host-probes",
    level: "baseline",
    since: 34,
    forbids: (pod) =>
      ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"].some((handler) =>
        ["httpGet", "tcpSocket"].some((action) =>
          inContainers(pod, `${handler}.${action}.host`).some((host) => ![undefined, null, ""].includes(host as null)),
        ),
      ),
  },
  {
    rule: "pss-apparmor",
    level: "baseline",
    since: 0,
    forbids: (pod) =>
      contexts(pod, "appArmorProfile").some((profile) => !good(get(profile, "type"))) ||
      annotations(pod).some(
        ([name, value]) =>
          name.startsWith("container.apparmor.security.beta.kubernetes.io/") &&
          !(value === "" || value === "runtime/default" || value.startsWith("localhost/")),
      ),
  },
  {
    rule: "pss-selinux",
    level: "baseline",
    since: 0,
    forbids: (pod, minor) => {
      const types = [
        "",
        "container_t",
        "container_init_t",
        "container_kvm_t",
        ...(minor >= 31 ? ["container_engine_t"] : []),
      ];
      const set = (value: unknown) => ![undefined, null, ""].includes(value as null);
      return contexts(pod, "seLinuxOptions").some(
        (options) =>
          !types.includes((get(options, "type") as string | undefined) ?? "") ||
          set(get(options, "user")) ||
          set(get(options, "role")),
      );
    },
  },
  {
    rule: "pss-proc-mount",
    level: "baseline",
    since: 0,
    userNamespaces: 35,
    forbids: (pod) =>
      inContainers(pod, "securityContext.procMount").some(
        (value) => ![undefined, null, "Default"].includes(value as null),
      ),
  },
  {
    rule: "pss-proc-mount-restricted",
    level: "restricted",
    since: 35,
    forbids: (pod) =>
      inContainers(pod, "securityContext.procMount").some(
        (value) => ![undefined, null, "Default"].includes(value as null),
      ),
  },
  {
    rule: "pss-seccomp-baseline",
    level: "baseline",
    since: 0,
    forbids: (pod, minor) => {
      if (minor >= 19) return contexts(pod, "seccompProfile").some((profile) => !good(get(profile, "type")));
      const names = inContainers(pod, "name").map(
        (name) => `container.seccomp.security.alpha.kubernetes.io/${String(name)}`,
      );
      return annotations(pod).some(
        ([name, value]) =>
          ["seccomp.security.alpha.kubernetes.io/pod", ...names].includes(name) && !runtimeAnnotation(value),
      );
    },
  },
  {
    rule: "pss-sysctls",
    level: "baseline",
    since: 0,
    forbids: ({ spec }, minor) => {
      const safe = Object.entries(SYSCTLS).flatMap(([since, names]) =>
        Number(since) <= minor ? names.split(" ") : [],
      );
      return list(spec, "securityContext.sysctls").some((each) => !safe.includes(String(get(each, "name"))));
    },
  },
  {
    rule: "pss-windows-host-process",
    level: "baseline",
    since: 0,
    forbids: (pod) => contexts(pod, "windowsOptions").some((options) => get(options, "hostProcess") === true),
  },
  {
    rule: "pss-volume-types",
    level: "restricted",
    since: 0,
    forbids: ({ spec }) =>
      list(spec, "volumes").some((volume) =>
        Object.entries(volume as Fields).some(
          ([type, value]) => type !== "name" && value !== null && !VOLUMES.includes(type),
        ),
      ),
  },
  {
    rule: "pss-privilege-escalation",
    level: "restricted",
    since: 8,
    windows: 25,
    forbids: (pod) => inContainers(pod, "securityContext.allowPrivilegeEscalation").some((value) => value !== false),
  },
  {
    rule: "pss-run-as-non-root",
    level: "restricted",
    since: 0,
    userNamespaces: 35,
    forbids: (pod) => {
      const ofPod = get(pod.spec, "securityContext.runAsNonRoot") ?? undefined;
      return (
        ofPod === false || inContainers(pod, "securityContext.runAsNonRoot").some((value) => (value ?? ofPod) !== true)
      );
    },
  },
  {
    rule: "pss-run-as-user",
    level: "restricted",
    since: 23,
    userNamespaces: 35,
    forbids: (pod) => contexts(pod, "runAsUser").includes(0),
  },
  {
    rule: "pss-seccomp-restricted",
    level: "restricted",
    since: 19,
    windows: 25,
    forbids: (pod) => {
      const ofPod = get(pod.spec, "securityContext.seccompProfile") ?? undefined;
      const used = inContainers(pod, "securityContext.seccompProfile").map((own) => own ?? ofPod);
      return (ofPod !== undefined && !good(get(ofPod, "type"))) || used.some((profile) => !good(get(profile, "type")));
    },
  },
  {
    rule: "pss-capabilities-restricted",
    level: "restricted",
    since: 22,
    windows: 25,
    forbids: (pod) =>
      containersOf(pod).some(
        (each) =>
          !list(each, "securityContext.capabilities.drop").includes("ALL") ||
          list(each, "securityContext.capabilities.add").some((name) => name !== "NET_BIND_SERVICE"),
      ),
  },
];

/** Controls of the restricted level that replace one of the baseline, together with its exemptions. */
const REPLACED: Record<string, string> = {
  "pss-seccomp-baseline": "pss-seccomp-restricted",
  "pss-capabilities-baseline": "pss-capabilities-restricted",
};

/** Ids of the rules that a pod breaks at a level of a version. */
export function broken(pod: Pod, level: Level, minor: number): string[] {
  const exempt = (control: Control): boolean => {
    const successor = level === "restricted" ? CONTROLS.find(({ rule }) => rule === REPLACED[control.rule]) : undefined;
    const windows =
      control.windows ?? (successor !== undefined && minor >= successor.since ? successor.windows : undefined);
    const { userNamespaces } = control;
    return (
      (windows !== undefined && minor >= windows && get(pod.spec, "os.name") === "windows") ||
      (userNamespaces !== undefined && minor >= userNamespaces && pod.spec["hostUsers"] === false)
    );
  };
  return CONTROLS.filter(
    (control) => control.since <= minor && (level === "restricted" || control.level === "baseline"),
  )
    .filter((control) => control.forbids(pod, minor) && !exempt(control))
    .map(({ rule }) => rule);
}
