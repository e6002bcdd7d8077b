import * as fc from "fast-check";
import type { Pod } from "./pss-oracle.fixture";

/** Pods made of every field the standards name, each absent, null, or with a value from either side of the line. */

const choice = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** An object in which each field may be missing; missing is likely, so that most pods break little. */
function partial(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const absent = Symbol("absent");
  const entries = Object.entries(fields).map(([name, value]) => {
    const maybe = fc.oneof(
      { weight: 12, arbitrary: fc.constant(absent) },
      { weight: 1, arbitrary: fc.constant(null) },
      { weight: 3, arbitrary: value },
    );
    return maybe.map((made) => [name, made] as const);
  });
  return fc.tuple(...entries).map((made) => Object.fromEntries(made.filter(([, value]) => value !== absent)));
}

const profile = partial({ type: choice("RuntimeDefault", "Localhost", "Unconfined", "") });
const windowsOptions = partial({ hostProcess: fc.boolean() });
const seLinuxOptions = partial({
  type: choice("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", "spc_t"),
  user: choice("", "system_u"),
  role: choice("", "sysadm_r"),
  level: choice("s0:c1"),
});
const shared = {
  seccompProfile: profile,
  appArmorProfile: profile,
  seLinuxOptions,
  windowsOptions,
  runAsNonRoot: fc.boolean(),
  runAsUser: choice(0, 1, 65532),
};
const capability = choice(
  "ALL",
  "NET_BIND_SERVICE",
  "CHOWN",
  "SYS_CHROOT",
  "SETPCAP",
  "NET_RAW",
  "SYS_ADMIN",
  "all",
  "",
);
const handler = partial({
  httpGet: partial({ host: choice("", "192.0.2.1", "localhost"), port: choice(80) }),
  tcpSocket: partial({ host: choice("", "192.0.2.1"), port: choice(80) }),
});

const securityContext = partial({
  ...shared,
  privileged: fc.boolean(),
  allowPrivilegeEscalation: fc.boolean(),
  procMount: choice("Default", "Unmasked", ""),
  capabilities: partial({ add: fc.array(capability, { maxLength: 2 }), drop: fc.array(capability, { maxLength: 2 }) }),
});

/** Fields that make a container pass, so that what is generated on top decides. */
const hardened = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

const container = fc
  .record({
    name: choice("a", "b"),
    base: fc.oneof({ weight: 3, arbitrary: fc.constant(hardened) }, { weight: 1, arbitrary: fc.constant({}) }),
    context: securityContext,
    rest: partial({
      ports: fc.array(partial({ containerPort: choice(80), hostPort: choice(0, 80) }), { maxLength: 2 }),
      livenessProbe: handler,
      readinessProbe: handler,
      startupProbe: handler,
      lifecycle: partial({ postStart: handler, preStop: handler }),
    }),
  })
  .map(({ name, base, context, rest }) => ({ name, securityContext: { ...base, ...context }, ...rest }));

const VOLUME_TYPES = (
  "configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret hostPath nfs iscsi rbd cephfs " +
  "glusterfs gitRepo flexVolume cinder flocker fc azureFile azureDisk vsphereVolume quobyte portworxVolume scaleIO storageos " +
  "gcePersistentDisk awsElasticBlockStore photonPersistentDisk"
).split(" ");
const volumeType = fc.oneof(choice(...VOLUME_TYPES), choice("emptyDir", "hostPath"));
const volume = fc.tuple(volumeType, fc.boolean()).map(([type, absent]) => ({ name: "v", [type]: absent ? null : {} }));

const sysctl = choice(
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
  "net.ipv4.tcp_slow_start_after_idle",
  "net.ipv4.tcp_notsent_lowat",
  "kernel.msgmax",
).map((name) => ({ name, value: "1" }));

const annotation = choice("runtime/default", "localhost/x", "unconfined", "docker/default", "");

export const pods: fc.Arbitrary<Pod> = fc.record({
  metadata: fc.record({
    annotations: partial({
      "container.apparmor.security.beta.kubernetes.io/a": annotation,
      "seccomp.security.alpha.kubernetes.io/pod": annotation,
      "container.seccomp.security.alpha.kubernetes.io/a": annotation,
      "container.seccomp.security.alpha.kubernetes.io/none": annotation,
    }).map(
      (made) =>
        Object.fromEntries(Object.entries(made).filter(([, value]) => value !== null)) as Record<string, string>,
    ),
  }),
  spec: fc
    .tuple(
      partial({
        hostNetwork: fc.boolean(),
        hostPID: fc.boolean(),
        hostIPC: fc.boolean(),
        hostUsers: fc.boolean(),
        os: partial({ name: choice("linux", "windows") }),
        volumes: fc.array(volume, { maxLength: 2 }),
        securityContext: partial({ ...shared, sysctls: fc.array(sysctl, { maxLength: 2 }) }),
        initContainers: fc.array(container, { maxLength: 1 }),
        ephemeralContainers: fc.array(container, { maxLength: 1 }),
      }),
      fc.array(container, { maxLength: 2 }),
    )
    .map(([rest, containers]) => ({ ...rest, containers })),
});

/** Every kind that carries pods, as a manifest around one. */
export const KINDS: readonly ((pod: Pod) => object)[] = [
  (pod) => ({ apiVersion: "v1", kind: "Pod", ...pod }),
  (template) => ({ apiVersion: "v1", kind: "PodTemplate", metadata: {}, template }),
  (template) => ({ apiVersion: "v1", kind: "ReplicationController", metadata: {}, spec: { template } }),
  ...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].map((kind) => (template: Pod) => {
    return { apiVersion: "apps/v1", kind, metadata: {}, spec: { template } };
  }),
  (template) => ({ apiVersion: "batch/v1", kind: "Job", metadata: {}, spec: { template } }),
  (template) => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {},
    spec: { jobTemplate: { spec: { template } } },
  }),
];
