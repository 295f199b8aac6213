// Written by scripts/refresh-languages.ts from data/languages.json (as of 2026-11-23). Do not edit.

/** Codes of Amazon Translate that a neural voice of Amazon Polly speaks. */
export const TARGET_CODES = `
ar ca cs da de en es es-MX fi fr fr-CA hi it ja ko nl no pl pt pt-PT sv tr zh
`;

/** Locales that Amazon Transcribe streams and Amazon Translate reads. */
export const SOURCE_LOCALES = `
af-ZA am-ET ar-AE ar-SA bg-BG bn-IN bs-BA ca-ES cs-CZ cy-WL da-DK de-CH de-DE el-GR en-AB en-AU en-GB en-IE
en-IN en-NZ en-US en-WL en-ZA es-ES es-MX es-US et-ET fa-AF fa-IR fi-FI fr-CA fr-FR gu-IN he-IL hi-IN hr-HR
ht-HT hu-HU hy-AM id-ID is-IS it-IT ja-JP ka-GE kk-KZ kn-IN ko-KR lt-LT lv-LV mk-MK ml-IN mr-IN ms-MY nl-NL
no-NO pa-IN pl-PL ps-AF pt-BR pt-PT ro-RO ru-RU si-LK sk-SK sl-SI so-SO sq-AL sr-RS sv-SE sw-BI sw-KE sw-RW
sw-TZ sw-UG ta-IN te-IN th-TH tl-PH tr-TR uk-UA uz-UZ vi-VN zh-CN zh-TW
`;
