export const mqttConfig = 1;
