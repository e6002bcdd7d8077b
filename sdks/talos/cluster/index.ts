import * as utilities from "../utilities";
import { Kubeconfig } from "./kubeconfig";

export { Kubeconfig, type KubeconfigArgs, type KubeconfigState } from "./kubeconfig";
export {
  getHealth,
  getHealthOutput,
  type GetHealthArgs,
  type GetHealthOutputArgs,
  type GetHealthResult,
} from "./getHealth";
export {
  getKubeconfig,
  getKubeconfigOutput,
  type GetKubeconfigArgs,
  type GetKubeconfigOutputArgs,
  type GetKubeconfigResult,
} from "./getKubeconfig";

utilities.registerResources([Kubeconfig]);
