// What two parsers that others wrote find in files of CommerceML, in one form:
// commerceml_parsers.mjs MODULES IMPORT OFFERS ORDERS GOODS_3_1 PRICES_3_1
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";

const [modules, importFile, offersFile, ordersFile, newGoods, newPrices] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { CommerceMlImportParser } = require("commerceml-parser/dist/import-parser");
const { CommerceMlOffersParser } = require("commerceml-parser/dist/offers-parser");
const { OrdersParser } = require("commerceml-parser/dist/orders-parser");
const commerceMl = require("commerceml-js");

const say = (...words) => console.log(words.join(" | "));

async function first() {
    const goods = new CommerceMlImportParser();
    goods.onClassifierGroup((group) => say("parser group", group.id, group.name));
    goods.onProduct((each) => say("parser product", each.id, each.name, each.article ?? ""));
    await goods.parse(createReadStream(importFile));
    const offers = new CommerceMlOffersParser();
    offers.onWarehouse((each) => say("parser store", each.id, each.name));
    offers.onOffer((each) => say("parser offer", each.id, each.prices[0].pricePerUnit, each.quantity ?? "",
        each.stocks.map((one) => one.quantity)));
    await offers.parse(createReadStream(offersFile));
    const orders = new OrdersParser();
    orders.onDocument((each) => say("parser order", each.number, each.date, each.operation, each.role, each.currency));
    await orders.parse(createReadStream(ordersFile));
}

function second(kind, file, events) {
    return new Promise((resolve, reject) => {
        const stream = commerceMl.createStream(kind);
        for (const [event, told] of Object.entries(events)) stream.on(event, told);
        stream.on("error", reject);
        stream.on("end", resolve);
        createReadStream(file).pipe(stream);
    });
}

await first();
await second("import", importFile, {
    product: ({ Товар: each }) => say("js product", each.Ид, each.Наименование, each.Артикул ?? ""),
});
await second("offers", offersFile, {
    offer: ({ Предложение: each }) => say("js offer", each.Ид, each.Цены.Цена.ЦенаЗаЕдиницу, each.Количество ?? ""),
});
await second("import", newGoods, {
    product: ({ Товар: each }) => say("js product 3.1", each.Ид, each.Наименование, each.Артикул ?? "",
        each.БазоваяЕдиница, each.ПометкаУдаления),
});
await second("offers", newPrices, {
    offer: ({ Предложение: each }) => say("js offer 3.1", each.Ид, each.Цены.Цена.ЦенаЗаЕдиницу),
});
