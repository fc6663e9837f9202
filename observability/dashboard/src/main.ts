import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/panes.css";
import { createApp } from "vue";
import App from "./App.vue";
import { takeToken } from "./api/token";

takeToken();
createApp(App).mount("#app");
