/** A sidecar of CSI drivers that Kubernetes publishes. */
export interface Sidecar {
  /** Without its v. */
  readonly version: string;
  /** Of its image, for all platforms. */
  readonly digest: string;
}

/** What runs beside KubeVirt's CSI driver, by the name of its image: releases of one time. */
export const CSI_SIDECARS = {
  "csi-provisioner": {
    version: "5.3.0",
    digest: "sha256:bb057f866177d5f4139a1527e594499cbe0feeb67b63aaca8679dfdf0a6016f9",
  },
  "csi-attacher": {
    version: "4.9.0",
    digest: "sha256:5aaefc24f315b182233c8b6146077f8c32e274d864cb03c632206e78bd0302da",
  },
  "csi-resizer": {
    version: "1.14.0",
    digest: "sha256:5e7cbb63fd497fa913caa21fee1a69f727c220c6fa83c5f8bb0995e2ad73a474",
  },
  "csi-node-driver-registrar": {
    version: "2.14.0",
    digest: "sha256:5244abbe87e01b35adeb8bb13882a74785df0c0619f8325c9e950395c3f72a97",
  },
  livenessprobe: {
    version: "2.16.0",
    digest: "sha256:88092d100909918ae0a768956cf78c88bc59cd7232720f7cdbdfb5d2e235001e",
  },
} as const satisfies Readonly<Record<string, Sidecar>>;

/** Image of a sidecar, by version and content. */
export function sidecarImage(name: keyof typeof CSI_SIDECARS): string {
  const { version, digest } = CSI_SIDECARS[name];
  return `registry.k8s.io/sig-storage/${name}:v${version}@${digest}`;
}
