import { z } from "zod";
import { storageClass } from "../../apis/storage-classes";
import { OBJECTS } from "../../capabilities";
import type { Values } from "../../common-settings";
import { component, type Installed, type OwnSettings, type PlatformInputs } from "../../component";
import { CONFINED, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX } from "./sandbox";

const NAMESPACE = "local-path-storage";
const CHART = "local-path-provisioner";
const PROVISIONER = "rancher.io/local-path";

/** Every storage node's directory that volumes are folders of; one that Talos lets pods write. */
const settings = {
  storage: {
    localDirectory: z
      .string()
      .startsWith("/var/", "must be a directory below /var: Talos lets nothing else be written")
      .default("/var/local-path-provisioner")
      .describe("directory of every node that holds local volumes, where local-path provides them"),
  },
};

/** Volumes that are directories of one node: for development, where nothing has to survive the loss of a machine. */
export const localPath = component({
  name: "local-path",
  description: "Volumes as directories of one node, without copies or snapshots: a development platform's storage.",
  group: "storage",
  enabledByDefault: false,
  settings,
  namespaces: { [NAMESPACE]: { podSecurity: "privileged", traffic: {} } },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network"],
      timeout: 600,
      values: localPathValues,
      images: {
        "image.repository": "docker.io/rancher/local-path-provisioner",
        "helperImage.repository": "docker.io/library/busybox",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "local-storage-class",
      after: [CHART],
      provides: ["volumes", "storage-class/local"],
      objects: () => [
        storageClass({
          name: OBJECTS.localClass,
          isDefault: true,
          provisioner: PROVISIONER,
          volumeBindingMode: "WaitForFirstConsumer",
          // a directory has no size of its own
          allowVolumeExpansion: false,
        }),
      ],
    },
  ],
  apiClients: API_CLIENTS,
});

/** The provisioner alone: the StorageClass is a resource of this program. */
function localPathValues(inputs: PlatformInputs<OwnSettings<typeof settings>>, { version }: Installed): Values {
  return {
    // it elects no leader: a second copy would make every volume twice (0.0.33, main.go)
    replicaCount: 1,
    // upstream's chart names images that move
    image: { tag: `v${version}` },
    helperImage: { tag: "1.37.0" },
    storageClass: { create: false, provisionerName: PROVISIONER },
    nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [inputs.settings.storage.localDirectory] }],
    resources: SMALL,
    helperPod: { resources: SMALL },
    securityContext: { ...CONFINED, runAsUser: 65534 },
  };
}
