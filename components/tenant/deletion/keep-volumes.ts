/**
 * Lets the volumes that KUBE_HOST has for KUBE_CLUSTER in KUBE_NAMESPACE outlive their claims: those of the tenant's
 * PersistentVolumes, not the disks of machines. Names each on standard output, with the claim that it was. Ends with 1,
 * before anything else is deleted, where one cannot be kept. Its text is the program of a command: it uses nothing from
 * outside itself.
 */
export function keepVolumes(): void {
  interface Claimed {
    readonly spec?: { readonly volumeName?: string };
  }
  interface Volumes {
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  }
  const host = process.env["KUBE_HOST"] ?? "";
  const namespace = process.env["KUBE_NAMESPACE"] ?? "";
  const cluster = process.env["KUBE_CLUSTER"] ?? "";
  const { request } = process.getBuiltinModule(host.startsWith("http:") ? "node:http" : "node:https");
  const decoded = (name: string) => Buffer.from(process.env[name] ?? "", "base64");
  const tls = { ca: decoded("KUBE_CA"), cert: decoded("KUBE_CERT"), key: decoded("KUBE_KEY") };

  const call = <T>(method: "GET" | "PATCH", path: string, sent?: object) =>
    new Promise<T | undefined>((resolve, reject) => {
      const headers = { accept: "application/json", "content-type": "application/merge-patch+json" };
      const asked = request(`${host}${path}`, { ...tls, method, timeout: 30_000, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (body += text));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 404) resolve(undefined);
          else if (response.statusCode === 200) resolve(JSON.parse(body) as T);
          else reject(new Error(`${path}: answered ${response.statusCode}`));
        });
      });
      asked.on("timeout", () => asked.destroy(new Error(`${path}: no answer within 30 s`)));
      asked.on("error", reject);
      asked.end(sent === undefined ? undefined : JSON.stringify(sent));
    });

  const keep = async () => {
    const selector = encodeURIComponent(`cluster.x-k8s.io/cluster-name=${cluster}`);
    const path = `/apis/cdi.kubevirt.io/v1beta1/namespaces/${namespace}/datavolumes?labelSelector=${selector}`;
    const volumes = await call<Volumes>("GET", path);
    for (const { metadata } of volumes?.items ?? []) {
      const claim = await call<Claimed>(
        "GET",
        `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${metadata.name}`,
      );
      const volume = claim?.spec?.volumeName;
      if (volume === undefined) {
        process.stdout.write(`${metadata.name}: has no volume yet, nothing to keep\n`);
        continue;
      }
      const kept = await call("PATCH", `/api/v1/persistentvolumes/${volume}`, {
        metadata: {
          labels: { "firmament.example/kept-of": cluster },
          annotations: { "firmament.example/kept-claim": metadata.name },
        },
        spec: { persistentVolumeReclaimPolicy: "Retain" },
      });
      if (kept === undefined) throw new Error(`PersistentVolume ${volume} of claim ${metadata.name}: is not there`);
      process.stdout.write(`${volume}: stays when its claim ${metadata.name} goes\n`);
    }
  };
  keep().catch((error: unknown) => {
    process.stderr.write(
      `volumes of ${cluster} cannot be kept: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  });
}
