export const mqtt = 1;
