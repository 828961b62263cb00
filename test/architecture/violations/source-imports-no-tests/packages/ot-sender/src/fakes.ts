// violates source-imports-no-tests
import { fake } from "../test/fake-plc.ts";
export const mine = fake;
