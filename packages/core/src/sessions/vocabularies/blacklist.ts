const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Words that must never be in a vocabulary, whoever adds to it. Session IDs are read out to a room and shown on
 * screens, often in a place of worship. Tests read this list; it is in no bundle.
 */
export const blacklist: Readonly<Record<string, ReadonlySet<string>>> = {
  insulting: words(`
    ape arrogant ass awkward baboon beast bitch blind bloated brainless bully clumsy common coward crazy creepy
    crippled cruel dense dirty dull dumb dwarf evil fat feeble filthy fool foolish freak ghetto gibbon goat greedy
    gross gypsy heathen hideous hog idiot ignorant infidel jackass jerk lame lazy leper liar loser lousy mad mean
    minion monkey moron nasty naughty obese odd old pagan panther pig plump poor primitive proud rat retarded rotten
    rude savage scum selfish serf shallow simple simpleton slave sloth slow slug smelly snake sneaky sour stingy
    stinky stubborn stupid thick thief thug toad traitor ugly useless vain vermin vile weak weasel wench wicked witch
    wretched
  `),
  violent: words(`
    archer army arrow attack axe battle bayonet bleeding blood bloody bomb bullet butcher cannon club colt conquer
    crusade crusader dagger dead deadly death destroy enemy execution explosive fatal fierce fight flame flaming
    gallows grenade gun gunner hammer hunter kill killer knife lance massacre missile mortar murder noose pistol
    poison poisonous raid rape rifle ruthless sacrifice savage scourge shooter siege slaughter slay sling soldier
    spear stab stone stoned sword tank torture toxic trap venom victim violent war warrior weapon whip wound
  `),
  sexual: words(`
    anal bare beaver breast bush busty buxom cherry circumcised cock concubine cougar cucumber cum dick dildo erect
    erotic eunuch exotic exposed fanny fertile fruity hard harem harlot hooker horny hot hung intimate kinky loose
    lover lush lust lusty maiden melon moist naked nude nut peach pecker penis prostitute pussy raw rod rooster screw
    seduced seductive seed semen sensual sexual sexy slut soft stallion steamy stiff stud submissive supple swallow
    sweet tight tit titmouse tits touching virgin virile voluptuous wanton wet whore willing
  `),
  sad: words(`
    abandoned afflicted afraid alone anxious ashes barren bereaved bitter bleak blight broken burdened burial cancer
    captive casket coffin cold cursed dark decaying desolate despair disease drought dying exile exiled famine flood
    forgotten forsaken frail funeral ghost gloomy grave grief grieving grim guilty haunted heartbroken helpless
    homeless hungry hurt hurting infected lament leprosy locust lonely lost melancholy miserable misery mournful
    nightmare orphan pain painful pale pensive plague poppy reaper ruin ruined sad scared sick sickly skeleton skull
    solemn somber sorrow starving stricken suffering tear tears tired tomb tragic vulture wasted weeping widow wilted
    withered wormwood worried
  `),
  political: words(`
    american apartheid arab bank black border brexit british brown capital capitalist captured colonial colony
    communist conservative court democrat democratic eastern elephantine empire fascist free governor hebron immigrant
    imperial invader israel israeli jericho jerusalem judah judea king left leftist liberal marxist migrant militant
    nation national native nazi northern occupied palestine palestinian partisan party president progressive queen
    radical rainbow rebel red refugee regime republican revolution right russian samaria settled settler socialist
    southern syria trump trumpet tyrant ukraine union united vote wall western white yellow zion zionist
  `),
  doctrinal: words(`
    absolution adam almighty altar amen angel angelic anointed antichrist apostle apostolic ark armageddon atonement
    baptised baptism baptist baptized bible bishop blessed buddha calvary cardinal catholic chalice cherub chosen
    christ christian church clergy communion confession covenant cross crucified crucifix damned deacon deity demon
    devil disciple divine doctrine elder elect eternal eucharist eve exalted faithless fallen god godly gospel
    hallowed heaven heavenly hell heresy heretic holy host hymn idol imam immaculate incense islamic jesus jew jewish
    judgment kosher lamb levite lord magi magic magical manna martyr mary mass mecca mercy messiah messianic minister
    miracle miraculous monk moses mosque muslim nun occult ordained papal pastor pope prayer preacher priest prophet
    protestant psalm pulpit pure purgatory rabbi rapture redeemed redeemer religion religious resurrected righteous
    ritual sabbath sacred saint saintly salvation sanctified satan satanic saved savior saviour scripture sect
    sectarian seraph serpent sin sinful sinless sinner soul spirit spiritual supper supreme synagogue tabernacle
    temptation theology torah trinity unclean ungodly unholy worldly worship zealot
  `),
  /** Sounds like another word, or is spelled in two ways: cannot be typed from hearing. */
  ambiguous: words(`
    aisle aloe alter ant arc auk aunt band bard baron bass bay beach bear beat beau bee beech beet berry berth bough
    boulder bow boy brake bread bred bridal bridle buoy canvas caramel carat carmel carrot ceiling cell cellar cent
    cereal choral chord clause coarse colonel colour conch cord core corn council counselor course coy cozy creak
    creek crew cue currant current cygnet cymbal cypress cyprus dam days dear deer desert dessert dew die draft
    draught dual due duel dye earl earn ewe faint fair fare faun favorite feat feet fir flair flare flea flee flew
    flour flower flue foul fowl fur gait gate geyser gilt gnu grate gray great grey grizzly groan guilt hair harbor
    harbour hare hart hawk heal heart heel heir here hertz hoarse hoes hole horse hour idle idol in inn isle jam
    jeweled jewelled key knew knight knot lane lark lead leak led leek lessen lesser lesson lie links lo loan loch
    lock loot low lute lynx lyre made maid mail main maize male mane manor mantel mantle marten martin meat medal
    meddle meet merry metal meter metre mettle might mince mints mite moan moat mode moor moose morning mourning
    mousse muscle mussel naval navel neighbor neighbour new night none oar one or ore our pain pair palate pale pane
    pause paws pea peace peak peal pear peasant peel peer pheasant piece pier pine plain plane plough plow plum pole
    poll poplin pore pour praise pray prey prince prints prize profit quartz quay rain raise ray read real red reed
    reef reel reign rein rest rhyme ring road roam roe role roll rome root rose rote rough route row royal rude rue
    rung rye sail sale sauce sea seal seam sear see seem seen seer sell sew sewer shear sheep sheer shore sighs sight
    signet site size skull slay sleigh sloe soar sole some son sow sower stable stair stake stalk stare steak steal
    steel step steppe stile storey stork story straight strait style suite sum sun sundae sweet symbol tail tale taper
    tapir tea team tear tee teem tern throne thrown thyme tick tide tied timber timbre toad toe toed tow turn urn vail
    vain vale vane veil vein vial wade wail waist wait waive wale war ware warn waste wave way weak wear weather week
    weigh weir well whale wheal wheel whet whine whirl white whole wine wood wool woollen worn wrap wren wring yew
    yoke yolk you
  `),
};

/** No word may contain one of these. */
export const blacklistedParts: readonly string[] = (
  'anus arse bitch cock coon crap cunt damn dick dyke fagg fuck jap kike nazi nigg penis piss poop porn ' +
  'pussy rape semen sex shit slut suck tits twat vagin wank whor'
).split(' ');
