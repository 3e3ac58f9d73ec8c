export { type Cifar10Options, cifar10 } from "./cifar10.ts";
