#!/usr/bin/env node
import { launch } from "@nonreturn/station/launch";

await launch(new URL("../src/main.ts", import.meta.url));
