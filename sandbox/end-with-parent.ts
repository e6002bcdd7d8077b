/** Loaded before a program that a killed engine would leave behind (`node --require`). */
import { endWithParent } from "../components/core/end-with-parent";

endWithParent();
