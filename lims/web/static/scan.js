// Reads codes with the camera of a phone or computer into the field of [data-scan], and sends its form. A scanner that
// types needs nothing of this. The reader is fetched when the camera is first started.

const FORMATS = ["qr_code", "code_128", "data_matrix", "ean_13"];
const PAUSE_MS = 120;

let reader = null;

// Whether the browser's own reader knows the formats is not asked: that of the application is the same everywhere.
function readerOf(root) {
  reader ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = root.dataset.reader;
    script.addEventListener("error", () => reject(new Error("the reader was not loaded")));
    script.addEventListener("load", () => {
      const { BarcodeDetector, prepareZXingModule } = window.BarcodeDetectionAPI;
      prepareZXingModule({ overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? root.dataset.wasm : prefix + path) } });
      resolve(new BarcodeDetector({ formats: FORMATS }));
    });
    document.head.append(script);
  }).catch((error) => {
    reader = null;
    throw error;
  });
  return reader;
}

class Scan {
  constructor(root) {
    this.root = root;
    this.field = root.querySelector("input");
    this.view = root.querySelector("[data-scan-view]");
    this.video = root.querySelector("video");
    this.said = root.querySelector(".scan-said");
    this.startButton = root.querySelector("[data-scan-start]");
    this.turn = 0; // a stopped camera's last look counts for nothing
    this.startButton.addEventListener("click", () => this.start());
    root.querySelector("[data-scan-stop]").addEventListener("click", () => {
      this.stop();
      this.said.textContent = "";
      this.startButton.focus();
    });
    // What was read or typed is overwritten by the next code.
    this.field.form?.addEventListener("submit", () => window.setTimeout(() => this.field.select()));
    this.startButton.hidden = !navigator.mediaDevices?.getUserMedia; // only there over https or on this machine
  }

  async start() {
    const turn = (this.turn += 1);
    this.startButton.hidden = true;
    this.said.textContent = this.root.dataset.looking;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      if (turn !== this.turn) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.stream = stream;
      this.video.srcObject = stream;
      this.view.hidden = false;
      await this.video.play();
      const detector = await readerOf(this.root);
      await this.look(detector, turn);
    } catch (error) {
      if (turn !== this.turn) return;
      this.stop();
      this.said.textContent = this.root.dataset[error.name === "NotAllowedError" ? "refused" : "failed"];
      this.field.focus();
    }
  }

  async look(detector, turn) {
    while (turn === this.turn) {
      const [code] = this.video.readyState >= 2 ? await detector.detect(this.video) : [];
      if (turn !== this.turn) return;
      if (code?.rawValue.trim()) {
        this.take(code.rawValue.trim());
        return;
      }
      await new Promise((resolve) => window.setTimeout(resolve, PAUSE_MS));
    }
  }

  take(code) {
    this.stop();
    this.field.value = code;
    this.said.textContent = this.root.dataset.found.replace("{code}", () => code);
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.form.requestSubmit();
  }

  stop() {
    this.turn += 1;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.view.hidden = true;
    this.startButton.hidden = false;
  }
}

const scans = new Map();
function find(within) {
  for (const root of within.querySelectorAll("[data-scan]")) if (!scans.has(root)) scans.set(root, new Scan(root));
}

find(document);
document.addEventListener("htmx:load", (event) => find(event.target.parentElement ?? document));
// Nobody is filmed by a page that is not looked at.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) for (const scan of scans.values()) if (scan.stream) scan.stop();
});
window.addEventListener("pagehide", () => scans.forEach((scan) => scan.stop()));
