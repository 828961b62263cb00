/** Every datagram is lost with the same probability, whatever happened to the one before it.
 *  arrive → [independent loss] → depart */
import type { Random } from "../../random/seeded-random.ts";
import type { Impairment } from "./impairment.ts";

/** @param share probability of loss, 0 … 1. */
export function independentLoss(share: number, random: Random): Impairment {
  return { name: "loss", pass: (datagram) => (random() < share ? "loss" : datagram) };
}
