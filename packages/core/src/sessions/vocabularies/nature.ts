import { vocabulary } from './vocabulary.ts';

/** Words of landscapes, weather, animals and plants, for those who prefer nothing religious in an ID. */
export const nature = /* @__PURE__ */ vocabulary(
  `
agile alpine amazing amber aquatic autumnal balmy blooming bold bouncing bountiful brave breezy bright brisk
bronze bubbly buzzing calm carefree chatty cheerful chirping citrus clever cloudless coastal copper cosmic
crimson crystal curious curly dainty dancing dappled dazzling delicate drifting eager elegant emerald enchanting
endless evergreen fabulous fancy fearless feathery festive floating floral fluffy flying foggy fragrant fresh
friendly frosty gentle giant gifted glacial glad gleaming glistening glowing golden graceful grassy green happy
harmonious healthy hidden honeyed humble humming indigo inland jolly joyful jumping kind lakeside leafy leaping
lilac lively lofty loyal lucky luminous lunar magenta majestic marine meandering mellow melodic mighty moonlit
mossy mountainous musical neat nimble oaken orange organic outdoor painted patient peaceful pearly pebbled
placid playful polar polished pretty pristine purple quiet radiant rapid refreshing rippling rocky rosy rugged
rustic scarlet scenic seaside serene silent silver sincere singing sleepy snowy soaring sparkling speckled
spirited splendid spotted spry starry stately striped strolling strong sturdy sunlit sunny swaying swift
thoughtful thriving tidal tranquil tropical tumbling twinkling vast verdant vernal vibrant vigilant violet vivid
watchful whimsical whistling windy wise zesty
`,
  `
acacia acorn almond alpaca antelope apple apricot armadillo aspen badger bamboo basil birch bison blossom
bluebell blueberry bobcat bramble branch breeze brook buffalo buttercup butterfly cactus camel canyon caribou
cascade cavern cedar chestnut chickadee chipmunk cliff cloud clover comet condor coral cranberry crane cricket
crocus daffodil daisy dandelion delta dolphin donkey dormouse dragonfly duckling dune eagle elderberry elephant
estuary falcon feather fern ferret field finch firefly flamingo forest fox frog galaxy garden gazelle gecko
giraffe glacier goldfinch gooseberry gopher grotto grove hamster hawthorn hazel hedgehog heron hibiscus horizon
hummingbird iceberg iguana impala inlet iris island ivy jackdaw jaguar jasmine jungle juniper kestrel kingfisher
kitten koala lagoon lake laurel lavender leaf lemon leopard lily lion lizard lobster lotus magnolia magpie
mallard manatee mango mangrove maple marigold marmot meadow meerkat mesa meteor mimosa mongoose moon moth
mountain mulberry nightingale nutmeg oak oasis ocean octopus olive orca orchard osprey ostrich otter owl oyster
panda papaya parrot parsley pasture pebble pelican penguin peppermint pigeon pinecone pond poplar primrose
puddle puffin puma pumpkin rabbit raspberry raven redwood reindeer ridge river robin rosemary saffron salmon
sandbar sandpiper sandstone seahorse seashell skylark snail snowdrop snowfall snowflake sparrow spring spruce
squirrel starfish starlight strawberry stream summit sunbeam sunflower sunrise sunset sunshine swan sycamore
tangerine terrapin thicket thistle thunder tiger toucan trout tulip tundra turtle twilight valley vanilla
volcano wallaby walnut walrus warbler watercress waterfall whirlpool wilderness willow wombat woodland zebra
`,
);
