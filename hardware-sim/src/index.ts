/** The simulated plant and the simulated diode, for tests that run them in their own process; and the line's programs, for those that do not. */

export { type Program, runToEnd, startProgram } from "./demo/program.ts";
export * from "./diode/impairments/blackout.ts";
export * from "./diode/impairments/burst-loss.ts";
export * from "./diode/impairments/corruption.ts";
export * from "./diode/impairments/delay.ts";
export * from "./diode/impairments/duplication.ts";
export * from "./diode/impairments/impairment.ts";
export * from "./diode/impairments/independent-loss.ts";
export * from "./diode/impairments/rate-limit.ts";
export { buildPipeline, type Fate, passThrough } from "./diode/pipeline.ts";
export { type Diode, startDiode } from "./diode/start-diode.ts";
export type { DiodeStatistics } from "./diode/statistics.ts";
export { startTcpFront, type TcpFront, type TcpFrontStatistics } from "./faults/tcp-front.ts";
export { MODBUS_EXCEPTIONS } from "./plant/modbus-tcp/modbus-fault.ts";
export { ownAddress } from "./plant/modbus-tcp/register-image.ts";
export {
  type DeviceStatistics,
  type Plant,
  type PlantOptions,
  type PlantStatistics,
  startPlant,
} from "./plant/start-plant.ts";
export { readTruthLine, type ServedValue, Truth, writeTruthLine } from "./plant/truth.ts";
export { hash32, type Random, seededRandom } from "./random/seeded-random.ts";
export { plantSection } from "./scenario/check-plant.ts";
export {
  type DiodeSettings,
  diodeSection,
  type ImpairmentSettings,
  impairmentsSection,
} from "./scenario/diode-section.ts";
export { type Fault, faultSection } from "./scenario/fault-section.ts";
export type { PlantSettings } from "./scenario/plant-section.ts";
export { loadScenario, parseScenario, type Scenario, scenarioSection } from "./scenario/scenario.ts";
