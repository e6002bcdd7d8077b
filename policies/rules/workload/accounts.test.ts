import { UNKNOWN } from "../..";
import { deployment, object } from "../../engine/library/examples";
import { itJudges } from "../../../test/support/rule-cases";

const account = (name: string, automountServiceAccountToken?: unknown) =>
  object("v1", "ServiceAccount", { automountServiceAccountToken }, { name });
const pod = (automountServiceAccountToken?: boolean) =>
  deployment({ automountServiceAccountToken, serviceAccountName: undefined });
const together = (...resources: object[]) => ({ resources });

describe("rules about service accounts", () => {
  itJudges([
    ["sa-token-automount", "an account that leaves it to its pods", account("web"), "pass"],
    ["sa-token-automount", "the default one must not", account("default"), /^automountServiceAccountToken$/],
    ["sa-token-automount", "it declines", account("default", false), "pass"],
    ["sa-token-automount", "or all its pods do", together(account("default"), pod(false)), "pass"],
    ["sa-token-automount", "it is not known yet whether it does", account("default", UNKNOWN), "undecided"],

    ["sa-default", "the default account by saying nothing", pod(), "violation"],
    ["sa-default", "without its token", together(pod(), account("default", false)), "pass"],
    ["sa-default", "with its token all the same", together(pod(true), account("default", false)), "violation"],
    [
      "sa-default",
      "with a token or without, once it is known",
      together(pod(), account("default", UNKNOWN)),
      "undecided",
    ],
  ]);
});
