// violates wire-format-uses-three-packages
import { z } from "zod";
export const schema = z.string();
