/** Entry point of `nonreturn-sim`: simulated PLCs, the simulated diode, the demonstration.
 *  bin → [main] → commands */
import { createProgram, runProgram } from "@nonreturn/station";
import { addDiodeCommand, addPlantCommand } from "./commands.ts";
import { addDemoCommand } from "./demo/demo-command.ts";

const program = createProgram(
  "nonreturn-sim",
  "simulated PLCs and a simulated data diode, for demonstrations and tests",
  "0.1.0",
);
addPlantCommand(program);
addDiodeCommand(program);
addDemoCommand(program);
await runProgram(program, process.argv);
