// violates products-never-import-the-simulation
import { plant } from "../../../hardware-sim/src/index.ts";
export const mine = plant;
