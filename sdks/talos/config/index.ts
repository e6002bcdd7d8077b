export { imageFactoryUrl } from "./vars";
