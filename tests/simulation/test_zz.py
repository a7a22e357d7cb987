import os
from sim_case import Case
from sim_history import History
import sim_service
def test_show(homes):
    seed=int(os.environ["SEED"]); case=Case.read(str(seed))
    h=History(seed, homes(case.database), threads=case.threads)
    print(h.shape)
    orig=h._look_at_links
    from sim_service import looking_at
    from sqlalchemy import text
    def look():
        orig()
        with looking_at(h.home.url) as e, e.connect() as c:
            h.weather.say("BASE "+str([(r[0],r[1],r[2].split("=")[0] if False else r[2],r[3],r[4]) for r in c.execute(text("select l.asset_id,substr(l.ci_id,1,8),b.mapping,b.c2_value,b.hector_value from baselines b join links l on l.id=b.link_id")) if os.environ.get("F","") in r[2]]))
            h.weather.say("ERR "+str([tuple(r) for r in c.execute(text("select kind,ci,asset,field,message from errors where run_id=(select max(id) from runs)"))]))
    h._look_at_links=look
    told=h.play()
    print("\n".join(told.trace)); print(told.wrong)
