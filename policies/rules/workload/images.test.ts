import { container, deployment } from "../../engine/library/examples";
import { itJudges } from "../../../test/support/rule-cases";

const from = (image: string, ...registries: string[]) => ({
  resources: [deployment({ containers: [container({ image })] })],
  config: { registries },
});

describe("rules about images", () => {
  itJudges([
    ["image-registry", "a prefix without a host is a name of Docker Hub", from("bitnami/redis:7", "bitnami/"), "pass"],
    ["image-registry", "or one of its library", from("nginx:1.27", "nginx"), "pass"],
    ["image-registry", "written out in the image as well", from("docker.io/bitnami/redis:7", "bitnami"), "pass"],
    ["image-registry", "not of another registry", from("quay.io/bitnami/redis:7", "bitnami"), "violation"],
    ["image-registry", "not a name that only begins so", from("bitnami-evil/redis:7", "bitnami"), "violation"],
    ["image-registry", "not a path at the library", from("library/bitnami:7", "bitnami/redis"), "violation"],
    ["image-registry", "a host stays a host", from("registry.k8s.io/pause:3.10", "registry.k8s.io"), "pass"],
    [
      "image-registry",
      "and none that begins so",
      from("registry.k8s.io.evil.test/pause:3", "registry.k8s.io"),
      "violation",
    ],
  ]);
});
