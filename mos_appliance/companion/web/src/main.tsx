import { render } from "preact";
import { start } from "./app";
import { dressDocument } from "./messages";
import { Page } from "./ui/page";
import "./style.css";

const root = document.getElementById("app");
if (root) {
  dressDocument();
  start();
  render(<Page />, root);
}
