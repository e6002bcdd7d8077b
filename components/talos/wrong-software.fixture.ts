import { base } from "./settings.fixture";

const talos = (change: object) => ({ talos: { ...base.talos, ...change } });
const registries = (change: object) => ({ registries: change });

/** Changes of a good stack file that make what runs on its machines wrong, and what is said of each. */
export const WRONG_SOFTWARE: Readonly<Record<string, readonly [change: object, message: string]>> = {
  "a Kubernetes without v": [
    { kubernetesVersion: "1.34.4" },
    'base.kubernetesVersion: "1.34.4" — must be a Kubernetes version like v1.34.4; correct it in the stack file',
  ],
  "a Kubernetes that Talos does not run": [
    { ...talos({ version: "v1.12", installer: "registry.example/installer:v1.12.0" }), kubernetesVersion: "v1.36.0" },
    "base.kubernetesVersion: v1.36.0 — Talos v1.12 runs v1.30 to v1.35; choose one of these, or another Talos",
  ],
  "a Talos with its patch version": [
    talos({ version: "v1.13.0" }),
    'base.talos.version: "v1.13.0" — must be v1.12, v1.13 or v1.14; correct it in the stack file',
  ],
  "a Talos newer than its installer": [
    talos({ installer: "registry.example/installer:v1.12.5" }),
    "base.talos.version: v1.13 — must not be newer than the installer, which is v1.12; set it to v1.12, or a newer installer",
  ],
  "an installer without version": [
    talos({ installer: "ghcr.io/siderolabs/installer" }),
    'base.talos.installer: "ghcr.io/siderolabs/installer" — must be an image with registry and tag or digest, like registry.example/installer:v1.13.0; correct it in the stack file',
  ],
  "extensions by their short name": [
    talos({ extensions: ["drbd"] }),
    'base.talos.extensions.0: "drbd" — must be an extension like siderolabs/drbd; correct it in the stack file',
  ],
  "extensions that the image does not have": [
    talos({
      installer:
        "factory.talos.dev/metal-installer/98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612:v1.13.0",
    }),
    "base.talos.extensions: siderolabs/drbd — must be what base.talos.installer carries: siderolabs/drbd, siderolabs/zfs; correct the list, or name the installer of another schematic",
  ],
  "no disk": [
    talos({ installDisk: undefined }),
    "base.talos.installDisk: missing — must be given, here or for each machine: Talos erases the disk; choose one of `talosctl get disks --insecure --nodes <address> -o yaml`, like { serial: … }",
  ],
  "a disk that changes its name": [
    talos({ installDisk: "/dev/sda" }),
    "base.talos.installDisk: /dev/sda — must be a stable name in production: after a boot it may be another disk, and its data are lost; give a selector like { serial: … }, or a path below /dev/disk/by-id",
  ],
  "a disk by a property that Talos does not have": [
    talos({ installDisk: { serialNumber: "S5G8NG0R100042" } }),
    "base.talos.installDisk.serialNumber: unknown key — only keys of the schema are read; remove it or correct its spelling",
  ],
  "one disk in two machines": [
    {
      machines: {
        ...base.machines,
        "cp-1": { ...base.machines["cp-1"], installDisk: { serial: "S5G8NG0R100041" } },
        "cp-2": { ...base.machines["cp-2"], installDisk: { serial: "S5G8NG0R100041" } },
      },
    },
    "base.machines.cp-2.installDisk.serial: S5G8NG0R100041 — must be of one disk; it is that of cp-1 already; give cp-2 that of its own disk, or a pattern with *",
  ],
  "a size without unit": [
    talos({ installDisk: { size: ">= 100" } }),
    'base.talos.installDisk.size: ">= 100" — must be a size with a unit, compared if need be, like 480GB, ">= 100GB" or "< 1TiB"; correct it in the stack file',
  ],
  "a key server without encryption": [
    talos({ diskEncryption: { kms: "http://kms.example" } }),
    'base.talos.diskEncryption.kms: "http://kms.example" — must be a URL like https://kms.example:4050; correct it in the stack file',
  ],
  "a volume of no size": [
    talos({ userVolumes: { data: { disk: { type: "nvme" } } } }),
    "base.talos.userVolumes.data: no size — must have minSize or maxSize; give one of them, like 100GiB",
  ],
  "a watchdog that bites at once": [
    talos({ watchdog: { timeout: 5 } }),
    "base.talos.watchdog.timeout: 5 — must be a whole number from 10 to 600; correct it in the stack file",
  ],
  "a mirror by a URL": [
    registries({ mirrors: { "https://ghcr.io": { endpoints: ["https://registry.example"] } } }),
    "base.registries.mirrors.https://ghcr.io: https://ghcr.io — must be a registry like ghcr.io, or *; correct it in the stack file",
  ],
  "a mirror with a password": [
    registries({ mirrors: { "ghcr.io": { endpoints: ["https://me:secret@registry.example"] } } }),
    'base.registries.mirrors.ghcr.io.endpoints.0: "https://…@registry.example" — must be a URL like https://registry.example:5000, without user and password; correct it in the stack file',
  ],
  "a project of Harbor as a mirror": [
    registries({ mirrors: { "ghcr.io": { endpoints: ["https://harbor.example/v2/ghcr"] } } }),
    "base.registries.mirrors.ghcr.io.endpoints.0: https://harbor.example/v2/ghcr — has a path below /v2, to which Talos would append another /v2; set base.registries.mirrors.ghcr.io.overridePath to true",
  ],
  "a login at Docker Hub's name": [
    registries({ auth: { "docker.io": { username: "me" } } }),
    "base.registries.auth: docker.io — must be the host that is asked, and that of docker.io is registry-1.docker.io; name registry-1.docker.io instead",
  ],
  "a login without password": [
    registries({ auth: { "registry.example": { username: "me" } } }),
    "registryPasswords.registry.example: missing — is the password of base.registries.auth.registry.example; set it with `pulumi config set --secret --path 'firmament:registryPasswords[\"registry.example\"]'`",
  ],
  "an authority in a file": [
    registries({ tls: { "registry.example": { ca: "/etc/ssl/ca.pem" } } }),
    'base.registries.tls.registry.example.ca: "/etc/ssl/ca.pem" — must be a certificate in PEM; correct it in the stack file',
  ],
  "a JSON patch": [
    talos({ patches: { all: [{ op: "add", path: "/machine/network/hostname", value: "x" }] } }),
    "base.talos.patches.all.0: add /machine/network/hostname — is a JSON patch, which no configuration of several documents takes; write it as { machine: … } or { cluster: … }",
  ],
  "a host name in a patch": [
    talos({ patches: { all: [{ machine: { network: { hostname: "x" } } }] } }),
    "base.talos.patches.all.0.machine.network: a patch — is not for patches: settings decide it; use base.network, links of machines, or documents like StaticHostConfig",
  ],
  "a password in a patch": [
    talos({ patches: { all: [{ apiVersion: "v1alpha1", kind: "WireguardConfig", name: "wg0", privateKey: "x" }] } }),
    "base.talos.patches.all.0.privateKey: a text — is secret, and a patch is readable in the stack file; remove it; settings that need secrets have them beside base",
  ],
  "a patch as text": [
    talos({ patches: { all: ["machine: {}"] } }),
    'base.talos.patches.all.0: "machine: {}" — must be a map; correct it in the stack file',
  ],
  "log-in without encryption": [
    { kubernetes: { apiServer: { oidc: { issuer: "http://id.example.com", clientId: "kubernetes" } } } },
    'base.kubernetes.apiServer.oidc.issuer: "http://id.example.com" — must be a URL like https://id.example.com/realms/cloud; correct it in the stack file',
  ],
  "a log-in by flags": [
    { kubernetes: { apiServer: { extraArgs: { "oidc-issuer-url": "https://id.example.com" } } } },
    "base.kubernetes.apiServer.extraArgs.oidc-issuer-url: https://id.example.com — is not for flags: settings decide it; use base.kubernetes.apiServer.oidc",
  ],
  "API servers that ask nobody": [
    { kubernetes: { apiServer: { extraArgs: { "anonymous-auth": "true" } } } },
    "base.kubernetes.apiServer.extraArgs.anonymous-auth: true — weakens the cluster, or repeats what Talos sets; remove it",
  ],
  "an audit log without Secrets": [
    { kubernetes: { apiServer: { audit: { rules: [{ level: "None", resources: [{ resources: ["secrets"] }] }] } } } },
    "base.kubernetes.apiServer.audit.rules.0.resources.0: None for Secrets — must not be about Secrets: who reads them is always logged; name the resources that it is about, without secrets",
  ],
  "more of etcd than it bears": [
    { kubernetes: { etcd: { quota: "16Gi" } } },
    'base.kubernetes.etcd.quota: "16Gi" — must be 2Gi to 8Gi; correct it in the stack file',
  ],
  "a flag with its dashes": [
    { kubernetes: { kubelet: { extraArgs: { "--max-pods": "500" } } } },
    "base.kubernetes.kubelet.extraArgs.--max-pods: --max-pods — must be the name of a flag without its dashes, like goaway-chance; correct it in the stack file",
  ],
  "memory in another unit": [
    { kubernetes: { kubelet: { systemReserved: { memory: "2GB" } } } },
    'base.kubernetes.kubelet.systemReserved.memory: "2GB" — must be a size like 512Mi or 4Gi; correct it in the stack file',
  ],
};
