import { vocabulary } from './vocabulary.ts';

/** Words of the world that the Bible tells of: its virtues, fields, trades, households and animals. */
export const biblical = /* @__PURE__ */ vocabulary(
  `
abiding admired amazing amiable ardent assured astute attentive balanced beloved benevolent blissful blooming
bold brave bright brilliant burnished calm candid capable carefree celestial charming cheerful cherished clever
composed confident constant cordial courageous creative crimson crowned crystal cultivated dazzling dedicated
delightful dependable devoted dignified diligent discerning durable eager earthen elated elegant eloquent
emerald engaging esteemed excellent fabled faithful famous fantastic fearless feathered fervent festive
flourishing fluent forgiving forthright fortunate friendly fruitful generous gentle genuine gifted glad gleaming
gleeful glorious glowing golden graceful handmade happy harmonious healthy heartfelt heroic honest honeyed
hopeful hospitable humble ideal impartial important industrious ingenious insightful inspired inviting joyful
jubilant keen kind kingly laughing leafy lenient listening lively lofty loyal luminous lyrical magnificent
majestic masterful matchless mellow melodious memorable merciful mighty mindful moonlit musical neat noble
orderly original ornate outstanding painted pastoral patient peaceful perfect placid playful pleasant plentiful
poetic polished practical precious prepared princely pristine prosperous protected prudent purple quiet radiant
refined refreshed regal rejoicing relaxed reliable remarkable renowned resilient resolute resounding respectful
restored reverent rising rooted rosy rustic safe satisfied seafaring seasoned secure selfless sensible serene
shimmering shining silver sincere skilled soaring sociable soothing soulful sparkling spirited splendid stalwart
starlit stately steadfast sterling strong studious sunlit sunny surefooted sustaining swift tempered tender
thankful thoughtful thriving timeless tolerant tranquil treasured triumphant trusted truthful twinkling unbroken
unfailing unhurried unshaken uplifted upright useful valiant valued verdant vibrant vigilant vital vivid walking
wandering watchful welcome wholesome winged wise wonderful worthy woven youthful
`,
  `
acacia almond anchor antelope anthem anvil apple apricot architect baker balsam banner banquet barley basin
basket beekeeper bell blossom boat bracelet branch breeze bridge brook builder camel candle canopy canyon
captain caravan carpenter cedar chariot chestnut chorus chronicle cinnamon city cliff cloak cloud clover coin
companion compass copper coriander corinth cornerstone courtyard cricket crossroad crown cupbearer dancer
daybreak delta donkey dove drum eagle eden envoy evening fabric falcon farmer feast feather fern festival field
fig fisherman fleece flock flute friend galilee garden garland garlic gatekeeper gateway gazelle gleaner goblet
goldsmith granary grove guest harp harvest helmet herdsman heron honey horizon ibex innkeeper iris island
jasmine jasper jewel jordan jubilee juniper kestrel lake lamp lantern laurel leaf lentil leopard letter lily
linen lion loom lotus manger marble mariner market meadow melody mentor merchant messenger mirror moonlight
mosaic mountain mulberry musician mustard navigator nazareth nectar nightingale oak oarsman oasis ointment olive
onyx opal orchard ostrich painter palace palm papyrus parable parchment partridge pasture pearl pebble pelican
pilgrim pillar pistachio pomegranate potter proverb quail quarry riddle river rooftop rosemary rudder saffron
salt sapling sapphire satchel scholar scout scribe scroll sesame shepherd singer song sparrow spice spindle
spring starlight steward stream student summer sundial sunrise sunset sycamore tablet tapestry teacher temple
tent terrace thistle topaz torch tower treasure tunic turtledove twilight valley vessel village vineyard wagon
walnut wanderer watchman watermill weaver wheat wilderness willow winter yarn
`,
);
